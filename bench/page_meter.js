/**
 * What `bench/tab.py` measures inside the page: the time from each key to the paint that shows its effect, the time between frames,
 * and the rows of the timeline. It is injected into the page before the page's own scripts.
 */
(() => {
  const meter = { keys: [], frames: [], rows: 0 };
  let isWatching = false;
  let last = 0;

  addEventListener(
    "keydown",
    ({ timeStamp }) => {
      requestAnimationFrame(() => {
        // A message that is posted before a paint is received after it.
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => meter.keys.push(performance.now() - timeStamp);
        port2.postMessage(null);
      });
    },
    true,
  );

  const frame = (now) => {
    if (!isWatching) return;
    if (last) meter.frames.push(now - last);
    last = now;
    meter.rows = Math.max(meter.rows, document.getElementById("messages").childElementCount);
    requestAnimationFrame(frame);
  };

  /** Counts every frame from now on. */
  meter.watchFrames = () => {
    last = 0;
    isWatching = true;
    requestAnimationFrame(frame);
  };

  /**
   * Scrolls an element by some pixels in each frame, until it has been at its beginning or end for some frames, in which nothing was
   * loaded. These last frames do not count.
   */
  meter.scroll = (element, { step, patience }) =>
    new Promise((resolve) => {
      let waited = 0;
      const next = () => {
        const before = element.scrollTop;
        element.scrollTop += step;
        waited = element.scrollTop === before ? waited + 1 : 0;
        if (waited <= patience) return requestAnimationFrame(next);
        isWatching = false;
        meter.frames.splice(-patience);
        resolve(null);
      };
      requestAnimationFrame(next);
    });

  /** What was measured since the last call. Times in milliseconds. */
  meter.read = () => {
    isWatching = false;
    const { keys, frames } = meter;
    const rows = Math.max(meter.rows, document.getElementById("messages").childElementCount);
    Object.assign(meter, { keys: [], frames: [], rows: 0 });
    return { keys, frames, rows };
  };

  window.meter = meter;
})();
