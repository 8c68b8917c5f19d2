namespace ClassicBroker.ZooKeeper;

/// <summary>One entry of a znode's ACL: whom an authentication scheme knows by an id, and what they may do.</summary>
public readonly record struct ZnodeAcl(ZnodePermissions Permissions, string Scheme, string Id)
{
    /// <summary>Whether anyone may read by it, or may give himself the right to.</summary>
    public bool ShowsToWorld =>
        Scheme == "world" && Id == "anyone" && (Permissions & (ZnodePermissions.Read | ZnodePermissions.Admin)) != ZnodePermissions.None;

    /// <summary>Anyone may do anything.</summary>
    public static IReadOnlyList<ZnodeAcl> OpenAclUnsafe { get; } = [new(ZnodePermissions.All, "world", "anyone")];

    /// <summary>Anyone may read.</summary>
    public static IReadOnlyList<ZnodeAcl> ReadAclUnsafe { get; } = [new(ZnodePermissions.Read, "world", "anyone")];

    /// <summary>The creator's authenticated identities may do anything; the ensemble puts their ids in place of this entry.</summary>
    public static IReadOnlyList<ZnodeAcl> CreatorAllAcl { get; } = [new(ZnodePermissions.All, "auth", "")];
}
