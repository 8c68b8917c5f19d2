namespace ClassicBroker.Metadata;

/// <summary>A registered broker and its epoch, the czxid of its registration (KIP-380).</summary>
public sealed record LiveBroker(BrokerRegistration Registration, long Epoch)
{
    public int Id => Registration.Id;
}
