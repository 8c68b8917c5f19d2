namespace ClassicBroker.Rpc.Sasl.OAuth;

/// <summary>The keys that a validator believes. Threading: any loop.</summary>
internal interface IVerificationKeys
{
    /// <summary>None where they are not known yet, so that no token is believed.</summary>
    IReadOnlyList<JsonWebKey> Current { get; }

    /// <summary>A token was refused that names a key which is not among them.</summary>
    void Missed(string keyId);
}
