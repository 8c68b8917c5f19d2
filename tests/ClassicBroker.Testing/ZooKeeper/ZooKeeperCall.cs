using ClassicBroker.ZooKeeper;

namespace ClassicBroker.Testing.ZooKeeper;

/// <summary>A call on its way to an <see cref="InMemoryZooKeeper"/>, as a test sees it that wants it to fail.</summary>
/// <param name="Kind">The member of <see cref="IZooKeeper"/> without <c>Async</c>, such as <c>SetData</c>.</param>
/// <param name="Path">The path; of a multi, that of its last operation.</param>
/// <param name="IsWrite">True where it could change the tree.</param>
/// <param name="Operations">Those of a multi; empty otherwise.</param>
public sealed record ZooKeeperCall(string Kind, string Path, bool IsWrite, IReadOnlyList<ZooKeeperOp> Operations);
