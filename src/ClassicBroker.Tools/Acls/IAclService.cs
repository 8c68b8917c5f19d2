using ClassicBroker.Primitives.Acls;

namespace ClassicBroker.Tools.Acls;

/// <summary>Where <c>kafka-acls.sh</c> keeps ACLs: with the brokers, or in ZooKeeper itself. Used by one tool.</summary>
internal interface IAclService : IAsyncDisposable
{
    Task<IReadOnlyList<(AclResource Resource, AclEntry Entry)>> FindAsync(AclFilter filter);

    /// <summary>Null where the entries are added; else why not, which ends nothing.</summary>
    Task<JavaFailure?> AddAsync(AclResource resource, IReadOnlyCollection<AclEntry> entries);

    Task RemoveAsync(IReadOnlyList<AclFilter> filters);
}
