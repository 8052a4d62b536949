/* The network picture: nodes and links built with pyvis in Python, drawn by the vis-network library that pyvis ships
   (mounted once, as a component of its own). Labels are drawn on a canvas: they are text, whatever they hold. Titles
   are left away, details of a picked node stand beside the picture. */

const library = () =>
  new Promise((resolve) => {
    const wait = () => (globalThis.vis ? resolve(globalThis.vis) : setTimeout(wait, 15));
    wait();
  });

export default function network({ data, parentElement, setTriggerValue }) {
  const box = parentElement.querySelector(".box");
  box.style.height = `${data.height}px`;
  const signature = JSON.stringify([data.nodes, data.edges]);
  if (box.signature === signature) {
    select(box.network, data.selected);
    return undefined;
  }
  box.signature = signature;
  box.network?.destroy();
  const untitled = ({ title, ...rest }) => rest;
  const fonts = [document.fonts.load("600 13px Inter"), document.fonts.load("13px Inter")];
  Promise.all([library(), ...fonts]).then(([vis]) => {
    if (box.signature !== signature) return;
    const content = { nodes: data.nodes.map(untitled), edges: data.edges.map(untitled) };
    box.network = new vis.Network(box, content, data.options);
    box.network.once("afterDrawing", () => frame(box, data));
    box.network.on("click", ({ nodes }) => {
      const picked = nodes[0] ?? "";
      if (!data.fixed.includes(picked)) setTriggerValue("picked", picked);
    });
    box.network.on("doubleClick", ({ nodes }) => {
      if (nodes.length && !data.fixed.includes(nodes[0])) setTriggerValue("expand", nodes[0]);
    });
    select(box.network, data.selected);
    box.dataset.drawn = "yes";
  });
  return () => {
    box.network?.destroy();
    box.network = null;
    box.signature = null;
  };
}

/* The whole picture where it stays readable; else the brand's end of it, to be dragged. */
const frame = (box, data) => {
  const net = box.network;
  net.fit({ animation: false, maxZoomLevel: 1.1 });
  if (net.getScale() >= 0.5) return;
  const scale = 0.72;
  const anchor = net.getPosition(data.selected || data.focus);
  const shift = data.selected ? 0 : box.clientWidth / 2 / scale - 110;
  net.moveTo({ position: { x: anchor.x - shift, y: anchor.y }, scale, animation: false });
};

const select = (net, id) => {
  if (!net) return;
  if (id && net.body.nodes[id]) net.selectNodes([id]);
  else net.unselectAll();
};
