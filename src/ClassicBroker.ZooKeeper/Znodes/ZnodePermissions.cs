namespace ClassicBroker.ZooKeeper;

/// <summary>What an ACL entry allows (<c>ZooDefs.Perms</c>). Values are the wire's bits.</summary>
[Flags]
public enum ZnodePermissions
{
    None = 0,
    Read = 1,
    Write = 2,
    Create = 4,
    Delete = 8,
    Admin = 16,
    All = Read | Write | Create | Delete | Admin,
}
