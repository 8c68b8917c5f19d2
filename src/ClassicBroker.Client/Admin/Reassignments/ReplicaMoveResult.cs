namespace ClassicBroker.Client;

/// <summary>What became of a move between log directories.</summary>
/// <param name="Replica">The replica and where it was to go.</param>
/// <param name="Failure">Why the move was not started; null where it was.</param>
public readonly record struct ReplicaMoveResult(ReplicaLogDir Replica, KafkaException? Failure)
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
