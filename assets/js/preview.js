// The page of one template: a choice above the preview acts at once.

const form = document.querySelector("[data-preview-form]");
form?.addEventListener("change", () => form.submit());
