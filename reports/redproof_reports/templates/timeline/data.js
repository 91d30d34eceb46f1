// The data of the page as the drawing wants it: rows become objects, and lost writes are found together.
const data = JSON.parse(document.getElementById("data").textContent);
function unpack(run) {
  const client = ([name, writes]) => ({ name, writes: writes.map(([at, returned, kind, value, node, offset, confirmed, number, text]) => ({ at, returned, kind, value, node, offset, confirmed, number, text })) });
  const sentinel = ([name, beliefs, events]) => ({
    name,
    beliefs: beliefs.map(([from, to, master, label]) => ({ from, to, master, label })),
    events: events.map(([at, kind, text]) => ({ at, kind, text })),
  });
  const server = ([name, roles, offsets, silence]) => ({ name, silence, offsets: withWrites(offsets, name), roles: roles.map(([from, to, role, label]) => ({ from, to, role, label })) });
  const clients = run.clients.map(client);
  // What a master answered to writes tells its offset between its samples.
  function withWrites(offsets, name) {
    const own = clients.flatMap(({ writes }) => writes.filter((write) => write.node === name && write.returned !== null && write.offset !== null).map((write) => [write.returned, write.offset]));
    return own.length ? [...offsets, ...own].sort((one, other) => one[0] - other[0]) : offsets;
  }
  const lostMarks = clients.flatMap(({ writes }) => writes.filter((write) => write.number !== undefined)).sort((one, other) => one.at - other.at);
  return { ...run, clients, lostMarks, servers: run.servers.map(server), sentinels: run.sentinels.map(sentinel) };
}
data.runs = data.runs.map(unpack);
