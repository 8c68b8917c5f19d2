namespace ClassicBroker.Rpc.Sasl;

/// <summary>The SCRAM mechanisms of KIP-84, under the numbers of KIP-554.</summary>
public enum ScramMechanism : sbyte
{
    Sha256 = 1,
    Sha512 = 2,
}
