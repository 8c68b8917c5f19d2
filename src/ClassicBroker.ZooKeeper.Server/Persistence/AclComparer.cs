using System.Diagnostics.CodeAnalysis;

namespace ClassicBroker.ZooKeeper.Server.Persistence;

/// <summary>ACLs are equal when their entries are, in their order.</summary>
internal sealed class AclComparer : IEqualityComparer<IReadOnlyList<ZnodeAcl>>
{
    public static AclComparer Instance { get; } = new();

    public bool Equals(IReadOnlyList<ZnodeAcl>? x, IReadOnlyList<ZnodeAcl>? y) =>
        ReferenceEquals(x, y) || (x is not null && y is not null && x.SequenceEqual(y));

    public int GetHashCode([DisallowNull] IReadOnlyList<ZnodeAcl> obj) =>
        obj.Count == 0 ? 0 : obj[0].Id.Length ^ (int)obj[0].Permissions << 8 ^ obj.Count << 16;
}
