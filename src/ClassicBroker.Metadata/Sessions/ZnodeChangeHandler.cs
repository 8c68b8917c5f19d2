namespace ClassicBroker.Metadata.Sessions;

/// <summary>
/// What to do when a znode comes, goes or changes. Runs on the ZooKeeper loop and must only post: the change is read again by the code that
/// acts on it.
/// </summary>
public sealed record ZnodeChangeHandler(string Path, Action? Created = null, Action? Deleted = null, Action? DataChanged = null);
