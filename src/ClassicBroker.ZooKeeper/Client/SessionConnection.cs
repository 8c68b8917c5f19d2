using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.ZooKeeper.Jute;
using ClassicBroker.ZooKeeper.Sasl;

namespace ClassicBroker.ZooKeeper.Client;

/// <summary>
/// One connection to one server: session handshake, authentication, requests and their answers in order, and the pings that keep the
/// session
/// alive while there are no requests. Made for one attempt. Threading: the client's loop only.
/// </summary>
internal sealed class SessionConnection(ClientSession session, IEventLoop loop, ZooKeeperAddress server, int connectTimeoutMs)
    : IZooKeeperLinkListener
{
    private readonly Queue<PendingRequest> _inFlight = new();
    private readonly Queue<AuthEntry> _authInFlight = new();
    private readonly JuteWriter _writer = new();
    private IZooKeeperLink? _link;
    private readonly BackgroundWork _saslSteps = new("zookeeper-sasl", loop);
    private ISaslExchange? _sasl;
    private bool _isEvaluating;
    private IScheduledWork? _timer;
    private Phase _phase = Phase.Connecting;
    private int _nextXid = 1;
    private int _negotiatedTimeoutMs;
    private long _lastSentMs;
    private long? _pingedMs;
    private long _lastReceivedMs;
    private bool _flushScheduled;

    private enum Phase
    {
        Connecting,
        Handshaking,
        Authenticating,
        Ready,
        Gone,
    }

    public ZooKeeperAddress Server { get; } = server;

    public int InFlight => _inFlight.Count;

    public bool IsReady => _phase == Phase.Ready;

    private long NowMs => loop.Time.MonotonicMs();

    public void Open(IZooKeeperConnector connector)
    {
        var timeout = TimeSpan.FromMilliseconds(connectTimeoutMs);
        _timer = loop.Schedule(() => Lose($"no session within {connectTimeoutMs} ms"), timeout);
        connector.Open(Server, timeout, this);
    }

    public void LinkOpened(IZooKeeperLink link)
    {
        if (_phase == Phase.Gone)
        {
            link.Close();
            return;
        }

        _link = link;
        _phase = Phase.Handshaking;
        _writer.Reset();
        session.ConnectRequest().Write(_writer);
        SendFrame();
    }

    public void FrameReceived(ReadOnlySpan<byte> frame)
    {
        _lastReceivedMs = NowMs;
        var reader = new JuteReader(frame);
        switch (_phase)
        {
            case Phase.Handshaking:
                SessionAnswered(ConnectResponse.Read(ref reader));
                break;
            case Phase.Authenticating or Phase.Ready:
                Dispatch(ReplyHeader.Read(ref reader), ref reader);
                break;
            default:
                break;
        }
    }

    public void LinkLost(string reason) => Lose(reason);

    /// <summary>Sends a request; its answer completes it.</summary>
    public void Send(PendingRequest request)
    {
        request.Xid = _nextXid;
        request.SentAt = loop.Time.GetTimestamp();
        _nextXid = _nextXid == int.MaxValue ? 1 : _nextXid + 1;
        _inFlight.Enqueue(request);
        BeginFrame(request.Xid, request.Type);
        _writer.WriteRaw(request.Body);
        SendFrame();
    }

    /// <summary>Adds an identity to this connection.</summary>
    public void SendAuth(AuthEntry entry)
    {
        _authInFlight.Enqueue(entry);
        BeginFrame(SpecialXid.Auth, OpCode.Auth);
        new AuthPacket(entry.Scheme, entry.Credentials).Write(_writer);
        SendFrame();
    }

    /// <summary>Gives the connection up without a word to the session; what was in flight has an unknown outcome.</summary>
    public void Abandon()
    {
        if (_phase == Phase.Gone)
        {
            return;
        }

        _phase = Phase.Gone;
        _timer?.Cancel();
        _sasl?.Dispose();
        _link?.Flush();
        _link?.Close();
        FailInFlight(ZooKeeperError.ConnectionLoss);
    }

    /// <summary>Ends all calls in flight with an error.</summary>
    public void FailInFlight(ZooKeeperError error)
    {
        while (_inFlight.TryDequeue(out var request))
        {
            request.Fail(error);
        }
    }

    private void SessionAnswered(in ConnectResponse response)
    {
        if (response.TimeoutMs <= 0)
        {
            session.SessionExpired(this);
            return;
        }

        _timer?.Cancel();
        _negotiatedTimeoutMs = response.TimeoutMs;
        session.SessionAccepted(response);
        session.Confirm(_lastSentMs);
        _phase = Phase.Authenticating;
        CheckHeartbeat();
        if (session.NewSaslExchange(Server) is { } sasl)
        {
            _sasl = sasl;
            _saslSteps.Watch(StepSaslAsync(async () => await sasl.BeginAsync()));
        }
        else
        {
            BecomeReady();
        }
    }

    private void BecomeReady()
    {
        _phase = Phase.Ready;
        foreach (var entry in session.Auth)
        {
            SendAuth(entry);
        }

        foreach (var request in session.WatchesToTakeUp())
        {
            BeginFrame(SpecialXid.SetWatches, OpCode.SetWatches);
            request.Write(_writer);
            SendFrame();
        }

        session.ConnectionReady(this);
    }

    private void Dispatch(in ReplyHeader header, ref JuteReader body)
    {
        session.SawZxid(header.Zxid);
        switch (header.Xid)
        {
            case SpecialXid.Ping:
                PingAnswered();
                break;
            case SpecialXid.WatchEvent:
                session.WatchFired(WatcherEvent.Read(ref body));
                break;
            case SpecialXid.Auth:
                AuthAnswered(header.Error);
                break;
            case SpecialXid.SetWatches:
                if (header.Error != ZooKeeperError.None)
                {
                    throw new MalformedDataException($"the server refused to take up our watches: {header.Error}");
                }

                break;
            default:
                RequestAnswered(header, ref body);
                break;
        }
    }

    private void RequestAnswered(in ReplyHeader header, ref JuteReader body)
    {
        if (_sasl is { } sasl && _phase == Phase.Authenticating)
        {
            SaslAnswered(sasl, header.Error, ref body);
            return;
        }

        if (!_inFlight.TryPeek(out var request) || request.Xid != header.Xid)
        {
            throw new MalformedDataException($"answer {header.Xid} where {request?.Xid.ToString() ?? "none"} is due");
        }

        // Dequeued only once it is complete, so that an answer that cannot be read leaves it to fail with the connection.
        session.Metrics?.Answered(loop.Time.GetElapsedTime(request.SentAt));
        session.Confirm(NowMs - (long)Math.Ceiling(loop.Time.GetElapsedTime(request.SentAt).TotalMilliseconds));
        session.Answered(request, header.Error);
        request.Complete(header.Error, ref body);
        _inFlight.Dequeue();
        session.Pump();
    }

    /// <summary>Of several pings under way the answer may be that to the first.</summary>
    private void PingAnswered()
    {
        if (_pingedMs is { } sentMs)
        {
            session.Confirm(sentMs);
            _pingedMs = null;
        }
    }

    private void AuthAnswered(ZooKeeperError error)
    {
        if (!_authInFlight.TryDequeue(out var entry))
        {
            throw new MalformedDataException("an answer about authentication where none is due");
        }

        if (error == ZooKeeperError.None)
        {
            entry.Added.TrySetResult();
        }
        else
        {
            session.AuthFailed(this, $"{Server} refused our {entry.Scheme} credentials: {error}");
        }
    }

    private void SaslAnswered(ISaslExchange sasl, ZooKeeperError error, ref JuteReader body)
    {
        if (_isEvaluating)
        {
            throw new MalformedDataException("a SASL token where none is due");
        }

        if (error != ZooKeeperError.None)
        {
            SaslFailed($"the server answered {error}");
            return;
        }

        var token = body.ReadBuffer().ToArray();
        _saslSteps.Watch(StepSaslAsync(() => sasl.AnswerAsync(token)));
    }

    /// <summary>One step of the exchange, at once or when Kerberos has done its part.</summary>
    private async Task StepSaslAsync(Func<ValueTask<byte[]?>> step)
    {
        _isEvaluating = true;
        try
        {
            var token = await step();
            if (_phase != Phase.Authenticating)
            {
                return;
            }

            if (token is not null)
            {
                SendSaslToken(token);
            }
            else
            {
                _sasl?.Dispose();
                BecomeReady();
            }
        }
        catch (SaslException failure)
        {
            SaslFailed(failure.Message);
        }
        finally
        {
            _isEvaluating = false;
        }
    }

    private void SaslFailed(string reason)
    {
        if (_phase != Phase.Gone)
        {
            session.AuthFailed(this, $"SASL authentication with {Server} failed: {reason}");
        }
    }

    private void SendSaslToken(byte[] token)
    {
        BeginFrame(_nextXid++, OpCode.Sasl);
        _writer.WriteBuffer(token);
        SendFrame();
    }

    private void BeginFrame(int xid, OpCode type)
    {
        _writer.Reset();
        new RequestHeader(xid, type).Write(_writer);
    }

    private void SendFrame()
    {
        _lastSentMs = NowMs;
        _link!.Send(_writer.Written);
        if (!_flushScheduled)
        {
            // What is asked in one round of the loop leaves in one piece.
            _flushScheduled = true;
            loop.Execute(Flush);
        }
    }

    private void Flush()
    {
        _flushScheduled = false;
        if (_phase != Phase.Gone)
        {
            _link!.Flush();
        }
    }

    /// <summary>
    /// Pings after a third of the session timeout without a word from us, and gives up after two thirds without one from the server.
    /// </summary>
    private void CheckHeartbeat()
    {
        if (_phase == Phase.Gone)
        {
            return;
        }

        var pingAfterMs = Math.Max(1, _negotiatedTimeoutMs / 3);
        var giveUpAfterMs = Math.Max(2, _negotiatedTimeoutMs * 2L / 3);
        var nowMs = NowMs;
        if (nowMs - _lastReceivedMs >= giveUpAfterMs)
        {
            Lose($"nothing heard for {nowMs - _lastReceivedMs} ms");
            return;
        }

        if (nowMs - _lastSentMs >= pingAfterMs)
        {
            BeginFrame(SpecialXid.Ping, OpCode.Ping);
            SendFrame();
            _pingedMs ??= nowMs;
        }

        var nextMs = Math.Min(_lastSentMs + pingAfterMs, _lastReceivedMs + giveUpAfterMs) - nowMs;
        _timer = loop.Schedule(CheckHeartbeat, TimeSpan.FromMilliseconds(Math.Max(1, nextMs)));
    }

    private void Lose(string reason)
    {
        if (_phase != Phase.Gone)
        {
            var wasReady = _phase == Phase.Ready;
            var explained = _phase == Phase.Handshaking
                ? $"{reason}; it took the connection but did not answer as ZooKeeper does: is that the port of a ZooKeeper server?"
                : reason;
            Abandon();
            session.ConnectionLost(this, wasReady, explained);
        }
    }
}
