using ClassicBroker.Primitives.Acls;

namespace ClassicBroker.Client;

/// <summary>What became of one ACL of a call.</summary>
/// <param name="Resource">What it is about.</param>
/// <param name="Entry">Who may do what there, or may not.</param>
/// <param name="Failure">Why it failed; null where it did not.</param>
public readonly record struct AclResult(AclResource Resource, AclEntry Entry, KafkaException? Failure)
{
    /// <summary>Nothing where it succeeded.</summary>
    /// <exception cref="KafkaException">It did not.</exception>
    public void ThrowIfFailed()
    {
        if (Failure is not null)
        {
            throw Failure;
        }
    }
}
