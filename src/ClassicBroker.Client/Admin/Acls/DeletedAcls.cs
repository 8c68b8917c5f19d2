using ClassicBroker.Primitives.Acls;

namespace ClassicBroker.Client;

/// <summary>What became of the ACLs that one filter picks. Immutable.</summary>
/// <param name="Filter">The filter.</param>
/// <param name="Acls">The ACLs it picked, and what became of each.</param>
/// <param name="Failure">Why the filter was refused; null where it was not.</param>
public sealed record DeletedAcls(AclFilter Filter, IReadOnlyList<AclResult> Acls, KafkaException? Failure)
{
    /// <summary>Nothing where all that it picked is gone.</summary>
    /// <exception cref="KafkaException">It is not.</exception>
    public void ThrowIfFailed()
    {
        if (Failure is not null)
        {
            throw Failure;
        }

        foreach (var acl in Acls)
        {
            acl.ThrowIfFailed();
        }
    }
}
