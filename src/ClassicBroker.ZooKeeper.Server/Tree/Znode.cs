namespace ClassicBroker.ZooKeeper.Server.Tree;

/// <summary>One node of the data tree. Threading: owned by its <see cref="DataTree"/>, server loop only.</summary>
internal sealed class Znode
{
    private SortedSet<string>? _children;

    /// <summary>Null where it was created with null, which clients may tell from empty.</summary>
    public byte[]? Data { get; set; }

    public IReadOnlyList<ZnodeAcl> Acl { get; set; } = [];

    public long Czxid { get; init; }

    public long Mzxid { get; set; }

    public long CtimeMs { get; init; }

    public long MtimeMs { get; set; }

    public int Version { get; set; }

    public int Aversion { get; set; }

    public long Pzxid { get; set; }

    /// <summary>Session id, 0 for persistent, or what <see cref="EphemeralOwner"/> tells of containers and times to live.</summary>
    public long Owner { get; init; }

    /// <summary>Children ever created: numbers the sequential ones, and is the cversion that ZooKeeper stores.</summary>
    public int CreateCount { get; set; }

    public int ChildCount => _children?.Count ?? 0;

    /// <summary>Sorted ordinally.</summary>
    public IReadOnlyCollection<string> Children => _children is null ? [] : _children;

    /// <summary>
    /// As clients see it: changes of children are a create for each, and a delete for each that is gone; a container has no owner.
    /// </summary>
    public ZnodeStat Stat => new(
        Czxid,
        Mzxid,
        CtimeMs,
        MtimeMs,
        Version,
        unchecked((2 * CreateCount) - ChildCount),
        Aversion,
        EphemeralOwner.IsSession(Owner) ? Owner : EphemeralOwner.None,
        Data?.Length ?? 0,
        ChildCount,
        Pzxid);

    public bool AddChild(string name) => (_children ??= new SortedSet<string>(StringComparer.Ordinal)).Add(name);

    public bool RemoveChild(string name) => _children is not null && _children.Remove(name);
}
