using System.Net;
using ClassicBroker.Platform;
using ClassicBroker.Testing.Loops;
using ClassicBroker.Transport;

namespace ClassicBroker.Testing.Network;

/// <summary>
/// Hosts joined by a network that exists in memory and on a manual clock. What a connection carries arrives in order, after a delay drawn
/// for each piece; a cut direction keeps what is sent, as TCP does, until it heals; connections can be reset and hosts crash.
/// Threading: the test's thread only.
/// </summary>
public sealed class InMemoryNetwork(ManualTime time, IRandomSource random)
{
    private const int FirstEphemeralPort = 32768;

    private readonly SortedDictionary<string, InMemoryTransport> _hosts = new(StringComparer.Ordinal);
    private readonly SortedSet<(string From, string To)> _cuts = [];
    private readonly SortedDictionary<(string From, string To), TimeSpan> _slowLinks = [];
    private readonly List<InMemoryChannel> _channels = [];
    private List<(InMemoryChannel From, Action<InMemoryChannel> Arrive)> _withheld = [];
    private long _lastId;
    private long _lastArrival;
    private int _lastPort = FirstEphemeralPort;

    /// <summary>Each piece takes at least this long.</summary>
    public TimeSpan DelayMin { get; set; } = TimeSpan.Zero;

    /// <summary>Each piece takes at most this long.</summary>
    public TimeSpan DelayMax { get; set; } = TimeSpan.Zero;

    /// <summary>Bytes a connection takes from its writer before the reader has read them: the sockets' buffers.</summary>
    public int WindowBytes { get; set; } = 256 * 1024;

    /// <summary>When not 0, one in so many pieces breaks its connection instead of arriving.</summary>
    public int ResetOneIn { get; set; }

    /// <summary>True cuts what is carried at random places, so that decoders meet every split.</summary>
    public bool Splits { get; set; }

    /// <summary>Sees, and may change, what connections carry; made for each end that sends.</summary>
    public Func<TrafficEnd, ITrafficFilter?>? Filters { get; set; }

    internal IRandomSource Random => random;

    /// <summary>A host with a name others can connect to; its channels live on these loops, in turn.</summary>
    public InMemoryTransport AddHost(string name, params ManualEventLoop[] loops)
    {
        var transport = new InMemoryTransport(this, name, new(new byte[] { 10, 0, 0, (byte)(_hosts.Count + 1) }), loops);
        _hosts[name] = transport;
        return transport;
    }

    /// <summary>Stops what one host sends another from arriving.</summary>
    public void Cut(string from, string to) => _cuts.Add((from, to));

    /// <summary>Stops both directions.</summary>
    public void Partition(string left, string right)
    {
        Cut(left, right);
        Cut(right, left);
    }

    /// <summary>Each piece from one host to another takes so much longer, until <see cref="Heal"/>.</summary>
    public void Slow(string from, string to, TimeSpan by) => _slowLinks[(from, to)] = by;

    /// <summary>
    /// What the connections that two hosts have now carry is lost, and neither side learns of it, as when a firewall forgets them; new
    /// connections work.
    /// </summary>
    public void Mute(string left, string right)
    {
        foreach (var channel in _channels.Where(channel => channel.Joins(left, right)))
        {
            channel.IsMute = true;
        }
    }

    /// <summary>Mends all cuts and slow links; what was kept goes on its way.</summary>
    public void Heal()
    {
        _cuts.Clear();
        _slowLinks.Clear();
        var withheld = _withheld;
        _withheld = [];
        foreach (var (from, arrive) in withheld)
        {
            Carry(from, arrive);
        }
    }

    /// <summary>Breaks all connections between two hosts; both sides learn of it.</summary>
    public void Reset(string left, string right)
    {
        foreach (var channel in _channels.Where(channel => channel.Joins(left, right)).ToList())
        {
            channel.Loop.Execute(channel.Break);
        }
    }

    /// <summary>A host's process ends: it says and hears nothing more, listens no longer, and its peers' connections break.</summary>
    public void Crash(string host)
    {
        _hosts[host].StopListening();
        foreach (var channel in _channels.Where(channel => channel.Host == host).ToList())
        {
            channel.Die();
            channel.Peer.Loop.Execute(channel.Peer.Break);
            _channels.Remove(channel);
        }
    }

    /// <summary>Ends of connections that are open.</summary>
    public int OpenChannels => _channels.Count;

    /// <summary>How long it takes until all that is on its way now has arrived.</summary>
    public TimeSpan Underway => TimeSpan.FromTicks(Math.Max(0, _lastArrival - time.GetTimestamp()));

    /// <summary>The hosts that a host has connections with, one for each connection.</summary>
    public IReadOnlyList<string> PeersOf(string host) => [.. _channels.Where(channel => channel.Host == host).Select(channel => channel.Peer.Host)];

    internal bool IsCut(string from, string to) => _cuts.Contains((from, to));

    /// <summary>A host by its name or address; null where there is none.</summary>
    public InMemoryTransport? Find(string host) =>
        _hosts.GetValueOrDefault(host) ?? _hosts.Values.FirstOrDefault(candidate => candidate.Address.ToString() == host);

    internal int NextPort() => ++_lastPort;

    internal long NextId() => ++_lastId;

    internal TimeSpan NextDelay()
    {
        var spread = (int)Math.Min(int.MaxValue - 1, (DelayMax - DelayMin).Ticks);
        return DelayMin + TimeSpan.FromTicks(spread > 0 ? random.Next(spread + 1) : 0);
    }

    internal void Opened(InMemoryChannel channel) => _channels.Add(channel);

    internal void Closed(InMemoryChannel channel) => _channels.Remove(channel);

    /// <summary>Brings something from a channel to its peer's loop, behind all it sent before.</summary>
    internal void Carry(InMemoryChannel from, Action<InMemoryChannel> arrive)
    {
        if (from.IsMute)
        {
            return;
        }

        if (IsCut(from.Host, from.Peer.Host))
        {
            _withheld.Add((from, arrive));
            return;
        }

        if (ResetOneIn > 0 && random.Next(ResetOneIn) == 0)
        {
            from.Loop.Execute(from.Break);
            from.Peer.Loop.Execute(from.Peer.Break);
            return;
        }

        var now = time.GetTimestamp();
        var delay = NextDelay() + _slowLinks.GetValueOrDefault((from.Host, from.Peer.Host));
        from.LastArrival = Math.Max(from.LastArrival, now + delay.Ticks);
        _lastArrival = Math.Max(_lastArrival, from.LastArrival);
        Run(from.Peer.Loop, TimeSpan.FromTicks(from.LastArrival - now), () => arrive(from.Peer));
    }

    internal static void Run(IEventLoop loop, TimeSpan delay, Action work)
    {
        if (delay > TimeSpan.Zero)
        {
            ((ManualEventLoop)loop).ScheduleApart(work, delay);
        }
        else
        {
            loop.Execute(work);
        }
    }
}
