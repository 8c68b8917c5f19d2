using System.Net;
using System.Runtime.InteropServices;
using ClassicBroker.Platform;

namespace ClassicBroker.Transport;

/// <summary>
/// Connections of a listener whose peers are to speak first and have said nothing yet, oldest first: a socket each, without channel,
/// buffers or timer, so that many of them cost little and go without much ado. Owned by the listener. Threading: its loop.
/// </summary>
/// <param name="loop">Where they are watched.</param>
/// <param name="silenceMax">After so long one is closed.</param>
/// <param name="spoke">Is given the socket, the peer, and how long it was silent.</param>
/// <param name="closed">Is told whose connection was closed.</param>
/// <param name="overdue">Is told how many were closed because they were silent for too long.</param>
internal sealed unsafe class SilentConnections(
    EpollEventLoop loop,
    TimeSpan silenceMax,
    Action<int, IPEndPoint, TimeSpan> spoke,
    Action<IPEndPoint> closed,
    Action<int> overdue)
{
    /// <summary>Dealt with in a turn of the loop; the poll tells of the others again, once it has served connections that stand.</summary>
    private const int PerTurnMax = 16;

    /// <summary>Between two looks at who is overdue.</summary>
    private static readonly TimeSpan Sweep = TimeSpan.FromSeconds(1);

    private readonly LinkedList<SilentConnection> _byAge = [];
    private long _turn;
    private int _inTurn;
    private bool _sweeps;

    public int Count => _byAge.Count;

    public void Add(int socket, IPEndPoint peer)
    {
        var silent = new SilentConnection(this, socket, peer, loop.Time.GetTimestamp());
        silent.Token = loop.Register(socket, silent, EpollCalls.In);
        silent.Place = _byAge.AddLast(silent);
        if (!_sweeps)
        {
            _sweeps = true;
            loop.Schedule(CloseOverdue, silenceMax);
        }
    }

    public void CloseAll()
    {
        while (_byAge.First is { } first)
        {
            Close(first.Value);
        }
    }

    private void CloseOverdue()
    {
        var count = 0;
        while (_byAge.First is { } first && loop.Time.GetElapsedTime(first.Value.Since) >= silenceMax)
        {
            Close(first.Value);
            count++;
        }

        if (count > 0)
        {
            overdue(count);
        }

        _sweeps = _byAge.First is not null;
        if (_sweeps)
        {
            var left = silenceMax - loop.Time.GetElapsedTime(_byAge.First!.Value.Since);
            loop.Schedule(CloseOverdue, left > Sweep ? left : Sweep);
        }
    }

    private void Ready(SilentConnection silent)
    {
        if (loop.Turn != _turn)
        {
            (_turn, _inTurn) = (loop.Turn, 0);
        }

        if (++_inTurn > PerTurnMax)
        {
            return;
        }

        byte first;
        var count = SocketCalls.Receive(silent.Socket, &first, 1, SocketCalls.Peek);
        if (count > 0)
        {
            Forget(silent);
            spoke(silent.Socket, silent.Peer, loop.Time.GetElapsedTime(silent.Since));
        }
        else if (count == 0 || Marshal.GetLastPInvokeError() is not (Errno.Again or Errno.Interrupted))
        {
            Close(silent);
        }
    }

    private void Close(SilentConnection silent)
    {
        Forget(silent);
        SocketDescriptor.Close(silent.Socket);
        closed(silent.Peer);
    }

    private void Forget(SilentConnection silent)
    {
        loop.Unregister(silent.Socket, silent.Token);
        _byAge.Remove(silent.Place!);
    }

    /// <summary>One of them. Threading: the listener's loop.</summary>
    private sealed class SilentConnection(SilentConnections owner, int socket, IPEndPoint peer, long since) : IPollable
    {
        public int Socket => socket;

        public IPEndPoint Peer => peer;

        /// <summary>When it came, as a timestamp of the loop's clock.</summary>
        public long Since => since;

        public ulong Token { get; set; }

        public LinkedListNode<SilentConnection>? Place { get; set; }

        public void Ready(uint events) => owner.Ready(this);

        public void Abandon()
        {
            // The listener may have ended before it, and closed it.
            if (Place?.List is not null)
            {
                owner.Close(this);
            }
        }
    }
}
