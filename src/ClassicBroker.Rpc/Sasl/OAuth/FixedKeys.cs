namespace ClassicBroker.Rpc.Sasl.OAuth;

/// <summary>Keys that do not change. Immutable; any loop.</summary>
internal sealed class FixedKeys(IReadOnlyList<JsonWebKey> keys) : IVerificationKeys
{
    public IReadOnlyList<JsonWebKey> Current => keys;

    public void Missed(string keyId)
    {
        // There are no others to look for.
    }
}
