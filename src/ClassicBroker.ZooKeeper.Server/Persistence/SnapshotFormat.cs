namespace ClassicBroker.ZooKeeper.Server.Persistence;

/// <summary>
/// Apache ZooKeeper's snapshot, in jute.
/// <code>
/// magic "ZKSN" 4 | version 2 4 | database id -1 8
/// sessions: count 4, each: id 8, timeout 4
/// ACLs: count 4, each: number 8, vector of (permissions, scheme, id)
/// znodes, parents first, each: path, data, ACL number 8, czxid 8, mzxid 8, ctime 8, mtime 8,
///         version 4, creations of children 4, aversion 4, owner 8, pzxid 8;   the root's path is empty
/// path "/" ends the znodes
/// Adler-32 of all before 8 | path "/"
/// </code>
/// </summary>
internal static class SnapshotFormat
{
    public const int Magic = 0x5A4B534E;
    public const int Version = 2;
    public const long DatabaseId = -1;

    /// <summary>ACL number of "world:anyone may do anything".</summary>
    public const long OpenAclNumber = -1;

    public const string EndOfZnodes = "/";
}
