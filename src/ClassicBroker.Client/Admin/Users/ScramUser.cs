namespace ClassicBroker.Client;

/// <summary>A user that has SCRAM credentials, without these themselves. Immutable.</summary>
/// <param name="Name">The user.</param>
/// <param name="Iterations">The strength of the credential of each mechanism.</param>
/// <param name="Failure">Why the user could not be described; null where they were.</param>
public sealed record ScramUser(
    string Name, IReadOnlyList<KeyValuePair<ScramMechanism, int>> Iterations, KafkaException? Failure)
{
    /// <summary>This description, where it is one.</summary>
    /// <exception cref="KafkaException">It is not.</exception>
    public ScramUser ThrowIfFailed() => Failure is null ? this : throw Failure;
}
