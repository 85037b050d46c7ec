// What is not saved yet, kept in this browser until it is.

const key = (slug) => `tactful.journey.${slug || "(new)"}`;

export function kept(slug) {
  try {
    return JSON.parse(localStorage.getItem(key(slug)));
  } catch {
    return null;
  }
}

export function keep(slug, journey, moved, version) {
  try {
    localStorage.setItem(key(slug), JSON.stringify({ journey, moved, version, at: Date.now() }));
  } catch {
    // a full or forbidden store: the page still asks before it is left
  }
}

export function forget(slug) {
  try {
    localStorage.removeItem(key(slug));
  } catch {
    // nothing was kept
  }
}
