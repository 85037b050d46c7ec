// Drag a row or a group by its handle to any place of any group: by mouse as the browser does it, by finger by hand.

export function dragging(box, { allowed, drop }) {
  let dragged = null;
  let target = null;
  const line = document.createElement("li");
  line.className = "b-line-drop";
  line.setAttribute("aria-hidden", "true");

  box.addEventListener("dragstart", (event) => {
    const handle = event.target.closest?.("[data-drag]");
    if (!handle) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", handle.dataset.drag);
    event.dataTransfer.setDragImage(begin(handle), 12, 12);
  });
  box.addEventListener("dragover", (event) => {
    if (!dragged || !over(event.target, event.clientY)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "move";
  });
  box.addEventListener("drop", (event) => {
    if (!dragged) return;
    event.preventDefault();
    finish();
  });
  box.addEventListener("dragend", end);

  // A finger gives no drag events. The handle does not scroll the page, so its moves come here.
  box.addEventListener("pointerdown", (event) => {
    const handle = event.target.closest?.("[data-drag]");
    if (!handle || event.pointerType !== "touch") return;
    begin(handle);
    handle.setPointerCapture(event.pointerId);
  });
  box.addEventListener("pointermove", (event) => {
    if (!dragged || event.pointerType !== "touch") return;
    const below = document.elementFromPoint(event.clientX, event.clientY);
    if (below && box.contains(below)) over(below, event.clientY);
    const edge = event.clientY < 80 ? -12 : event.clientY > window.innerHeight - 60 ? 12 : 0;
    if (edge) window.scrollBy(0, edge);
  });
  box.addEventListener("pointerup", (event) => dragged && event.pointerType === "touch" && finish());
  box.addEventListener("pointercancel", (event) => event.pointerType === "touch" && end());

  function begin(handle) {
    dragged = handle.dataset.drag;
    const item = handle.closest("[data-node]");
    item.classList.add("b-dragged");
    return item;
  }
  // The line shows where it would come to stand. Over a card's head or foot that is the card's own list.
  function over(element, height) {
    if (element === line) return true;
    const list = element.closest("[data-list]") ?? element.closest(".b-group")?.querySelector("[data-list]");
    if (!list || !allowed(dragged, list.dataset.list)) {
      clear();
      return false;
    }
    const items = [...list.children].filter((item) => item.dataset.node);
    const before = items.findIndex((item) => height < middle(item));
    const place = before < 0 ? items.length : before;
    if (target?.list !== list.dataset.list || target.place !== place) {
      target = { list: list.dataset.list, place };
      list.insertBefore(line, items[place] ?? null);
    }
    return true;
  }
  function finish() {
    const [id, wanted] = [dragged, target];
    end();
    if (wanted) drop(id, wanted.list, wanted.place);
  }
  function clear() {
    line.remove();
    target = null;
  }
  function end() {
    clear();
    dragged = null;
    box.querySelector(".b-dragged")?.classList.remove("b-dragged");
  }
}

function middle(item) {
  const { top, height } = item.getBoundingClientRect();
  return top + height / 2;
}
