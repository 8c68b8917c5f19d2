namespace ClassicBroker.Client;

/// <summary>A credential to set or to delete. Immutable.</summary>
/// <param name="Mechanism">Which of the user's credentials.</param>
/// <param name="Password">The new password, which never leaves this process; null deletes the credential.</param>
/// <param name="Iterations">How often the password is hashed.</param>
public sealed record ScramChange(ScramMechanism Mechanism, string? Password, int Iterations)
{
    /// <summary>The fewest iterations brokers take, and Kafka's default.</summary>
    public const int IterationsMin = 4096;

    /// <summary>Without the password.</summary>
    public override string ToString() => $"{nameof(ScramChange)}({Mechanism}, iterations={Iterations})";
}
