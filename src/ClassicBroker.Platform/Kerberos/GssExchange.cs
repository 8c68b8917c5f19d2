namespace ClassicBroker.Platform;

/// <summary>
/// An exchange by the GSS-API library. Its steps run on workers, because they read files and, as initiator, ask a key distribution centre;
/// wrapping and unwrapping only compute. Threading: one caller, one step at a time.
/// </summary>
internal sealed class GssExchange : IKerberosExchange
{
    private readonly IExecutor _workers;
    private readonly Func<GssExchange, byte[], byte[]> _step;
    private nint _context;

    private GssExchange(IExecutor workers, Func<GssExchange, byte[], byte[]> step) => (_workers, _step) = (workers, step);

    ~GssExchange() => Release();

    public bool IsEstablished { get; private set; }

    public string Peer { get; private set; } = "";

    /// <param name="workers">Where steps run.</param>
    /// <param name="acquire">Makes or renews the credential, on a worker.</param>
    /// <param name="service">The service's name.</param>
    /// <param name="host">Where it runs.</param>
    public static GssExchange Initiate(IExecutor workers, Func<GssCredential> acquire, string service, string host) =>
        new(workers, (exchange, token) =>
        {
            using var credential = acquire();
            using var target = GssLibrary.ImportService(service, host);
            var answer = GssLibrary.Initiate(credential, target, ref exchange._context, token, out var isEstablished);
            exchange.IsEstablished = isEstablished;
            return answer;
        });

    /// <param name="workers">Where steps run.</param>
    /// <param name="credential">Gives the credential, which others use as well.</param>
    public static GssExchange Accept(IExecutor workers, Func<GssCredential> credential) =>
        new(workers, (exchange, token) =>
        {
            var answer = GssLibrary.Accept(credential(), ref exchange._context, token, out var isEstablished, out var peer);
            (exchange.IsEstablished, exchange.Peer) = (isEstablished, peer);
            return answer;
        });

    public Task<byte[]> StepAsync(byte[] token) =>
        _workers.RunAsync(() =>
        {
            var answer = _step(this, token);
            GC.KeepAlive(this);
            return answer;
        });

    public byte[] Wrap(ReadOnlySpan<byte> message)
    {
        var wrapped = GssLibrary.WrapMessage(_context, message);
        GC.KeepAlive(this);
        return wrapped;
    }

    public byte[] Unwrap(ReadOnlySpan<byte> message)
    {
        var plain = GssLibrary.UnwrapMessage(_context, message);
        GC.KeepAlive(this);
        return plain;
    }

    public void Dispose()
    {
        Release();
        GC.SuppressFinalize(this);
    }

    private void Release()
    {
        if (Interlocked.Exchange(ref _context, 0) is not 0 and var context)
        {
            GssLibrary.Release(context);
        }
    }
}
