namespace ClassicBroker.Rpc;

/// <summary>
/// An answer and the lease on the frame its records lie in. Its receiver disposes of it once, when no record is needed any more; answers
/// without records need not be disposed of.
/// </summary>
public readonly record struct RpcResponse<TResponse>(TResponse Message, IDisposable? Memory) : IDisposable
{
    public void Dispose() => Memory?.Dispose();
}
