using ClassicBroker.Primitives.Acls;

namespace ClassicBroker.Metadata.Stores;

/// <summary>The list of a resource as it was read, with the version of its znode. The entries are not changed.</summary>
public sealed record StoredAcls(SortedSet<AclEntry> Entries, int Version)
{
    private const int Absent = -2;

    public static readonly StoredAcls None = new(new SortedSet<AclEntry>(AclEntry.Order), Absent);

    public bool Exists => Version != Absent;

    /// <summary>There is a znode, and it does not hold a list of ACLs.</summary>
    public bool IsUnreadable { get; init; }
}
