namespace ClassicBroker.Metadata.Sessions;

/// <summary>What to do when children of a znode come or go. Runs on the ZooKeeper loop and must only post.</summary>
public sealed record ZnodeChildrenHandler(string Path, Action ChildrenChanged);
