"""Staff, keys, the record of acts, and the company's settings."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.backends import ModelBackend

from tactful.kernel.errors import Conflict, InvalidInput, NotFound
from tactful.kernel.traces import Traces
from tactful.team import queries, services
from tactful.team.domain.keys import digest_of

pytestmark = pytest.mark.django_db
LONG = "a long word"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def add(email: str = "ann@example.com", *, password: str = LONG, role: str = "admin") -> int:
    return services.create_user(email=email, password=password, role=role, now=NOW)


def test_a_member_of_staff_signs_in_with_his_password() -> None:
    user_id = add(" Ann@Example.com ")
    services.set_password(user_id, password="another word")
    user = queries.user("ANN@example.com")
    assert user is not None
    assert (user.id, user.email, user.role, user.is_active) == (user_id, "ann@example.com", "admin", True)
    assert ModelBackend().authenticate(None, username="ann@example.com", password="another word") is not None
    assert ModelBackend().authenticate(None, username="ann@example.com", password="a long word") is None
    add("bea@example.com")
    services.change_user(user_id, name="Ann", role="analyst", is_active=False)
    assert [(row.name, row.role, row.is_active) for row in queries.users()] == [
        ("Ann", "analyst", False),
        ("", "admin", True),
    ]


def test_a_colleague_gets_a_password_that_only_the_answer_knows() -> None:
    first = services.add_colleague(email="Bea@example.com", name="Bea", role="sales", now=NOW)
    bea = queries.user("bea@example.com")
    assert bea is not None
    assert len(first) == 16
    assert ModelBackend().authenticate(None, username=bea.email, password=first) is not None
    second = services.renew_password(bea.id)
    assert ModelBackend().authenticate(None, username=bea.email, password=first) is None
    assert ModelBackend().authenticate(None, username=bea.email, password=second) is not None
    with pytest.raises(NotFound):
        services.renew_password(0)


def test_a_password_that_others_have_seen_must_be_changed_until_it_is() -> None:
    services.add_colleague(email="bea@example.com", name="Bea", role="sales", now=NOW)
    own = add()

    def must() -> list[bool]:
        return [row.must_change_password for row in queries.users()]

    assert must() == [False, True]
    bea = queries.users()[1].id
    services.set_password(bea, password="another word")
    assert must() == [False, False]
    services.renew_password(own)
    assert must() == [True, False]


def test_a_member_of_staff_says_how_he_is_called_and_where_he_is() -> None:
    user_id = add()
    services.change_account(user_id, name="Ann", zone_name="Asia/Tokyo")
    assert [(row.name, row.zone) for row in queries.users()] == [("Ann", "Asia/Tokyo")]
    services.change_account(user_id, name="Ann", zone_name="")
    with pytest.raises(InvalidInput, match="not a time zone"):
        services.change_account(user_id, name="Ann", zone_name="Moon/Sea")
    with pytest.raises(NotFound):
        services.change_account(0, name="Ann", zone_name="")
    assert [row.zone for row in queries.users()] == [""]


@pytest.mark.parametrize(("role", "is_active"), [("marketer", True), ("admin", False)])
def test_one_administrator_who_may_sign_in_is_always_left(role: str, is_active: bool) -> None:
    last = add()
    switched_off = add("bea@example.com")
    services.change_user(switched_off, name="", role="admin", is_active=False)
    with pytest.raises(Conflict, match=r"ann@example\.com is the last administrator"):
        services.change_user(last, name="Ann", role=role, is_active=is_active)
    services.change_user(last, name="Ann", role="admin", is_active=True)
    services.change_user(switched_off, name="Bea", role="admin", is_active=True)
    services.change_user(last, name="Ann", role=role, is_active=is_active)


@pytest.mark.parametrize(
    ("email", "password", "role"),
    [
        ("ann", "a long word", "admin"),
        ("a@example.com", "short", "admin"),
        ("a@example.com", "a long word", "king"),
    ],
)
def test_what_makes_no_member_of_staff(email: str, password: str, role: str) -> None:
    with pytest.raises(InvalidInput):
        add(email, password=password, role=role)


def test_an_address_has_one_account() -> None:
    add()
    with pytest.raises(Conflict):
        add("ANN@example.com")
    with pytest.raises(NotFound):
        services.set_password(0, password="another word")


def test_a_key_is_shown_once_and_known_by_its_digest() -> None:
    new = services.create_api_key(name=" shop ", now=NOW)
    (key,) = queries.api_keys()
    assert (key.name, key.source, new.secret.startswith(key.prefix)) == ("shop", "api:shop", True)
    assert new.secret not in repr(key)
    assert queries.api_key(digest_of(new.secret)) == key
    with pytest.raises(Conflict):
        services.create_api_key(name="shop", now=NOW)
    with pytest.raises(InvalidInput):
        services.create_api_key(name=" ", now=NOW)


def test_a_revoked_key_is_of_no_use() -> None:
    new = services.create_api_key(name="shop", now=NOW)
    digest = digest_of(new.secret)
    assert services.use_api_key(digest, now=NOW) is not None
    assert services.revoke_api_key(new.id, now=NOW)
    assert not services.revoke_api_key(new.id, now=NOW)
    assert services.use_api_key(digest, now=NOW) is None
    assert services.use_api_key(digest_of("other"), now=NOW) is None


def test_the_use_of_a_key_is_noted_once_a_minute() -> None:
    digest = digest_of(services.create_api_key(name="shop", now=NOW).secret)
    for seconds, noted in ((0, 0), (30, 0), (90, 90)):
        services.use_api_key(digest, now=NOW + timedelta(seconds=seconds))
        key = queries.api_key(digest)
        assert key is not None
        assert key.last_used_at == NOW + timedelta(seconds=noted)


def test_what_was_done_is_told_latest_first() -> None:
    for day in range(3):
        services.audit(
            actor="ann",
            action="saved",
            subject=f"cap {day}",
            now=NOW + timedelta(days=day),
            detail={"per_week": day},
        )
    assert [row.subject for row in queries.audits(limit=2)] == ["cap 2", "cap 1"]
    assert [row.detail for row in queries.audits(before=NOW + timedelta(days=1))] == [{"per_week": 0}]


def test_the_company_has_settings_before_anybody_saves_them() -> None:
    company = queries.workspace()
    assert (company.currency, company.margin_share) == ("EUR", 0.4)
    services.save_workspace(replace(company, zone="Europe/Berlin", public_url="https://crm.example/"))
    assert queries.workspace() == replace(company, zone="Europe/Berlin", public_url="https://crm.example")


def test_the_public_address_follows_the_installation_until_somebody_sets_one() -> None:
    for address in ("http://127.0.0.1:8064", "http://127.0.0.1:9000"):
        services.follow_address(address)
        assert queries.workspace().public_url == address
    services.save_workspace(replace(queries.workspace(), zone="Europe/Berlin"))  # of all, only the zone is his
    services.follow_address("http://127.0.0.1:8064")
    assert queries.workspace().public_url == "http://127.0.0.1:8064"
    services.save_workspace(replace(queries.workspace(), public_url="http://127.0.0.1:9000"))
    services.follow_address("http://127.0.0.1:9000")
    services.follow_address("http://127.0.0.1:8000")
    assert queries.workspace().public_url == "http://127.0.0.1:9000"


@pytest.mark.parametrize(
    "change",
    [{"zone": "Berlin"}, {"currency": "euro"}, {"margin_share": 1.5}, {"public_url": "crm.example"}],
)
def test_settings_that_make_no_sense_are_refused(change: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        services.save_workspace(replace(queries.workspace(), **change))


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Zelda Zara", "zelda ZARA"),
        ('Zoë "Z" O\'Brien', 'ZOË "z" o\'brien'),
        ("Anna Groß", "anna groß"),
        ("Ali Yılmaz", "ALİ YıLMAZ"),  # noqa: RUF001 -- a Turkish i
        ("Иван Петров", "ИВАН Петров"),
        ("Ann\\Bea", "Ann\\Bea"),
        ("name@example.com", "NAME@example.com"),
    ],
)
def test_who_is_erased_is_named_nowhere_in_the_history_however_he_was_written(name: str, written: str) -> None:
    for subject, detail in (
        (f"about {written}.", {}),
        ("x", {"deep": [{"who": written}]}),
        ("x", {"who": "Annabel"}),
    ):
        services.audit(actor="ann", action="held", subject=subject, now=NOW, detail=detail)
    services.forget([7], Traces(frozenset({7}), frozenset(), frozenset(), frozenset({name})))
    told = [(row.subject, row.detail) for row in reversed(queries.audits())]
    assert told == [("about (erased).", {}), ("x", {"deep": [{"who": "(erased)"}]}), ("x", {"who": "Annabel"})]


def test_of_a_long_history_only_what_may_name_the_erased_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(20):
        services.audit(actor="ann", action="saved", subject=f"cap {number}", now=NOW, detail={"per_week": number})
    services.audit(actor="ann", action="held", subject="Zelda Zara", now=NOW)
    blotted, read = Traces.blotted, []
    monkeypatch.setattr(Traces, "blotted", lambda own, value: read.append(value["subject"]) or blotted(own, value))
    services.forget([7], Traces(frozenset({7}), frozenset(), frozenset({""}), frozenset({"Zelda Zara"})))
    assert read == ["Zelda Zara"]
    services.forget([7], Traces(frozenset({7}), frozenset(), frozenset(), frozenset()))
    assert read == ["Zelda Zara"]
