namespace ClassicBroker.ZooKeeper.Client;

/// <summary>An identity of the client's, sent on every new connection; the call that added it ends with the first answer.</summary>
internal sealed class AuthEntry(string scheme, byte[] credentials)
{
    public string Scheme { get; } = scheme;

    public byte[] Credentials { get; } = credentials;

    public TaskCompletionSource Added { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}
