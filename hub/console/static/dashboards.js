// Draws each chart from the table beside it: what is drawn is what the table says.
"use strict";
(() => {
  const COLOURS = ["#0b5d4e", "#c77700", "#1c4b86"];
  const narrow = () => window.innerWidth < 720;

  function read(table) {
    const heads = [...table.tHead.rows[0].cells];
    const rows = [...table.tBodies[0].rows];
    const series = [];
    heads.forEach((head, at) => {
      if (at === 0 || !head.dataset.shown) return;
      if (!rows.some((row) => Number(row.cells[at].dataset.value ?? 0) !== 0)) return;
      const data = rows.map((row) => {
        const value = row.cells[at].dataset.value;
        return value === undefined ? null : Number(value);
      });
      series.push({ name: head.textContent, type: "bar", data, barMaxWidth: 42 });
    });
    // A second column of words belongs to the name of the row.
    const names = rows.map((row) => {
      const more = row.cells[1] && row.cells[1].dataset.value === undefined ? row.cells[1] : null;
      const word = more && heads[1].dataset.shown ? more.textContent.trim() : "";
      const plain = word && word !== "·" && word !== "—" ? ` ${word}` : "";
      return row.cells[0].textContent.trim() + plain;
    });
    return { names, series };
  }

  function legend(list, series) {
    if (!list || series.length < 2) return;
    series.forEach((one, number) => {
      const item = document.createElement("li");
      item.className = `series${number}`;
      item.textContent = one.name;
      list.append(item);
    });
    list.hidden = false;
  }

  function draw(place) {
    const table = document.getElementById(`t-${place.dataset.chart}`);
    if (!table || !window.echarts) return;
    const { names, series } = read(table);
    if (!series.length) {
      // Everything is hidden or in words: the table is all there is to see.
      table.closest("details").open = true;
      return;
    }
    place.classList.add("drawn");
    const flat = names.some((name) => name.length > 16);
    const room = flat ? { width: narrow() ? 120 : 240, overflow: "break", lineHeight: 15 } : {}; // whole words, on several lines
    const category = { type: "category", data: names, axisLabel: { color: "#33423d", ...room } };
    const numbers = new Intl.NumberFormat(document.documentElement.lang);
    const value = {
      type: "value",
      axisLabel: { color: "#33423d", hideOverlap: true, formatter: (n) => numbers.format(n) },
    };
    if (flat) category.inverse = true;
    if (flat) place.classList.add(names.length > 8 ? "tall" : "middle");
    legend(place.parentElement.querySelector(".legend"), series);
    const chart = window.echarts.init(place, null, { renderer: "canvas" });
    chart.setOption({
      animation: false,
      color: COLOURS,
      textStyle: { fontFamily: "system-ui, sans-serif" },
      grid: { left: 8, right: narrow() ? 12 : 24, top: 16, bottom: 8, containLabel: true },
      xAxis: flat ? value : category,
      yAxis: flat ? category : value,
      series,
    });
    window.addEventListener("resize", () => chart.resize());
  }

  document.querySelectorAll("[data-chart]").forEach(draw);
})();
