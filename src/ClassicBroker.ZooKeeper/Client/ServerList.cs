using ClassicBroker.Platform;

namespace ClassicBroker.ZooKeeper.Client;

/// <summary>
/// The servers in an order drawn once, so that clients spread over the ensemble; tried in turn, without a pause until all have failed.
/// Threading: the client's loop only.
/// </summary>
internal sealed class ServerList
{
    private readonly ZooKeeperAddress[] _servers;
    private readonly IRandomSource _random;
    private readonly int _backoffMaxMs;
    private int _next;
    private int _failures;

    public ServerList(IReadOnlyList<ZooKeeperAddress> servers, IRandomSource random, int backoffMaxMs)
    {
        _servers = [.. servers];
        _random = random;
        _backoffMaxMs = backoffMaxMs;
        for (var i = _servers.Length - 1; i > 0; i--)
        {
            var other = random.Next(i + 1);
            (_servers[i], _servers[other]) = (_servers[other], _servers[i]);
        }
    }

    public int Count => _servers.Length;

    /// <summary>The server to try, and how long to wait first.</summary>
    public (ZooKeeperAddress Server, TimeSpan Delay) Next()
    {
        var server = _servers[_next];
        _next = (_next + 1) % _servers.Length;
        var delayMs = _failures >= _servers.Length ? 1 + _random.Next(_backoffMaxMs) : 0;
        _failures++;
        return (server, TimeSpan.FromMilliseconds(delayMs));
    }

    /// <summary>The server last tried took us.</summary>
    public void Succeeded() => _failures = 0;
}
