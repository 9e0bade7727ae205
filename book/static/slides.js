// A slide that is higher or wider than the screen is made smaller, never scrolled.
(() => {
  function fit(slide) {
    if (!slide || slide.classList.contains("stack")) return;
    slide.style.zoom = "";
    const within = slide.getBoundingClientRect(), room = [slide.clientWidth, slide.clientHeight];
    if (!within.width) return;
    const wide = Math.max(slide.scrollWidth, ...[...slide.querySelectorAll("pre, table, .wide")].map((part) => part.scrollWidth + 128));
    const share = Math.min(room[0] / wide, room[1] / slide.scrollHeight);
    if (share < 0.999) slide.style.zoom = Math.max(share - 0.005, 0.4);
  }
  Reveal.initialize({ hash: true, width: 1280, height: 720, margin: 0, center: false, transition: "none", scrollActivationWidth: null, slideNumber: "h.v", plugins: [RevealNotes] });
  for (const kind of ["ready", "slidechanged"]) {
    Reveal.on(kind, (event) => { fit(event.currentSlide); setTimeout(() => fit(event.currentSlide), 400); });  // again, when its figure is drawn
  }
})();
