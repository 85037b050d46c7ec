"""Writes: templates with their versions, blocks, images, approval, reviews."""

from tactful.content.services.ready import install_ready, ready_slugs, ready_text, ready_topic
from tactful.content.services.reviewing import Scene, keep_review, review
from tactful.content.services.templates import (
    approve,
    archive,
    bring_back,
    copy,
    remove_language,
    restore,
    save_rules,
    save_template,
    save_text,
    save_texts,
)

__all__ = [
    "Scene",
    "approve",
    "archive",
    "bring_back",
    "copy",
    "install_ready",
    "keep_review",
    "ready_slugs",
    "ready_text",
    "ready_topic",
    "remove_language",
    "restore",
    "review",
    "save_rules",
    "save_template",
    "save_text",
    "save_texts",
]
