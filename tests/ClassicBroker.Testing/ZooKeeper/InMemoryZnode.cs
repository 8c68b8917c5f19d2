using ClassicBroker.ZooKeeper;

namespace ClassicBroker.Testing.ZooKeeper;

/// <summary>A znode of an <see cref="InMemoryZooKeeper"/>.</summary>
internal sealed class InMemoryZnode(byte[]? data, IReadOnlyList<ZnodeAcl> acl, long owner, long czxid, long ctimeMs)
{
    private readonly long _czxid = czxid;
    private readonly long _ctimeMs = ctimeMs;

    /// <summary>Null where it was written with null.</summary>
    public byte[]? Data { get; set; } = data;

    public IReadOnlyList<ZnodeAcl> Acl { get; set; } = acl;

    public long Owner { get; } = owner;

    public long Mzxid { get; set; } = czxid;

    public long Pzxid { get; set; } = czxid;

    public long MtimeMs { get; set; } = ctimeMs;

    public int Version { get; set; }

    public int Cversion { get; set; }

    public int Aversion { get; set; }

    public SortedSet<string> Children { get; } = new(StringComparer.Ordinal);

    /// <summary>As it is now, untouched by what comes later.</summary>
    public InMemoryZnode Copy()
    {
        var copy = new InMemoryZnode(Data, Acl, Owner, _czxid, _ctimeMs)
        {
            Mzxid = Mzxid,
            Pzxid = Pzxid,
            MtimeMs = MtimeMs,
            Version = Version,
            Cversion = Cversion,
            Aversion = Aversion,
        };
        copy.Children.UnionWith(Children);
        return copy;
    }

    public ZnodeStat Stat() =>
        new(_czxid, Mzxid, _ctimeMs, MtimeMs, Version, Cversion, Aversion, Owner, Data?.Length ?? 0, Children.Count, Pzxid);
}
