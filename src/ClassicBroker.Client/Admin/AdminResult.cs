namespace ClassicBroker.Client;

/// <summary>What became of one item of a call that had several.</summary>
/// <param name="Name">The item.</param>
/// <param name="Failure">Why it failed; null where it did not.</param>
public readonly record struct AdminResult(string Name, KafkaException? Failure)
{
    /// <summary>Nothing where the item succeeded.</summary>
    /// <exception cref="KafkaException">It did not.</exception>
    public void ThrowIfFailed()
    {
        if (Failure is not null)
        {
            throw Failure;
        }
    }
}
