namespace ClassicBroker.Rpc;

/// <summary>
/// An answer and the memory its records lie in. Whoever received it disposes of it once, when no record is needed any more; answers without
/// records need not be disposed of.
/// </summary>
public readonly record struct RpcResponse<TResponse>(TResponse Message, IDisposable? Memory) : IDisposable
{
    public void Dispose() => Memory?.Dispose();
}
