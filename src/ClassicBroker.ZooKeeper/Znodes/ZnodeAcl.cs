namespace ClassicBroker.ZooKeeper;

/// <summary>One entry of a znode's ACL: whom an authentication scheme knows by an id, and what they may do.</summary>
public readonly record struct ZnodeAcl(ZnodePermissions Permissions, string Scheme, string Id)
{
    /// <summary>Anyone may do anything.</summary>
    public static IReadOnlyList<ZnodeAcl> OpenAclUnsafe { get; } = [new(ZnodePermissions.All, "world", "anyone")];

    /// <summary>Anyone may read.</summary>
    public static IReadOnlyList<ZnodeAcl> ReadAclUnsafe { get; } = [new(ZnodePermissions.Read, "world", "anyone")];

    /// <summary>The creator's authenticated identities may do anything; the ensemble puts their ids in place of this entry.</summary>
    public static IReadOnlyList<ZnodeAcl> CreatorAllAcl { get; } = [new(ZnodePermissions.All, "auth", "")];
}
