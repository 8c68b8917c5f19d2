namespace ClassicBroker.Metadata;

/// <summary>
/// A name that cannot be one component of a znode's path was about to become one: empty, <c>.</c>, <c>..</c>, with a slash or with
/// characters that ZooKeeper refuses. No topic, group, user or other entity can have it.
/// </summary>
public sealed class InvalidZnodeNameException(string kind, string name)
    : Exception($"\"{name}\" cannot be the name of a {kind} in ZooKeeper.");
