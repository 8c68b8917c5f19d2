namespace ClassicBroker.ZooKeeper;

/// <summary>The names (not paths) of a znode's children, sorted ordinally, and the parent's stat.</summary>
public readonly record struct ZnodeChildren(IReadOnlyList<string> Names, ZnodeStat Stat);
