using System.Buffers;
using System.Threading.Tasks.Sources;

namespace ClassicBroker.Transport;

/// <summary>
/// The two directions between a channel and its <see cref="System.Net.Security.SslStream"/>, as a stream. A read with nothing to give
/// waits and is completed inline by <see cref="Feed"/>; one of no bytes waits until there are some, so that no buffer is held
/// meanwhile. Writes are handed to the channel before they return. Owned by a <see cref="TlsHandler"/>. Threading: the channel's loop.
/// </summary>
internal sealed class TlsDuplex(TlsDuplex.Sink send, Action flush) : Stream, IValueTaskSource<int>
{
    private ManualResetValueTaskSourceCore<int> _reading;
    private Memory<byte> _destination;
    private bool _isReading;
    private bool _finished;
    private byte[]? _input;
    private int _inputStart;
    private int _inputEnd;

    /// <summary>Takes encrypted bytes, valid during the call.</summary>
    internal delegate void Sink(ReadOnlySpan<byte> encrypted);

    /// <summary>Bytes have come in that were not read yet.</summary>
    public bool HasInput => _inputEnd > _inputStart;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Encrypted bytes from the peer; copied, unless a read takes them at once.</summary>
    public void Feed(ReadOnlySpan<byte> bytes)
    {
        if (_isReading)
        {
            var taken = Math.Min(bytes.Length, _destination.Length);
            bytes[..taken].CopyTo(_destination.Span);
            Keep(bytes[taken..]);
            Complete(taken);
        }
        else
        {
            Keep(bytes);
        }
    }

    /// <summary>The peer will send no more: a read that waits, and every later one, finds the end.</summary>
    public void Finish()
    {
        _finished = true;
        ReturnInput();
        if (_isReading)
        {
            Complete(0);
        }
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (HasInput)
        {
            var taken = Math.Min(buffer.Length, _inputEnd - _inputStart);
            _input.AsSpan(_inputStart, taken).CopyTo(buffer.Span);
            _inputStart += taken;
            if (!HasInput)
            {
                ReturnInput();
            }

            return new(taken);
        }

        if (_finished)
        {
            return new(0);
        }

        _reading.Reset();
        _destination = buffer;
        _isReading = true;
        return new(this, _reading.Version);
    }

    public override void Write(ReadOnlySpan<byte> buffer) => send(buffer);

    public override void Write(byte[] buffer, int offset, int count) => send(buffer.AsSpan(offset, count));

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        send(buffer.Span);
        return default;
    }

    public override void Flush() => flush();

    public override Task FlushAsync(CancellationToken cancellationToken)
    {
        flush();
        return Task.CompletedTask;
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("A loop never waits for its peer.");

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    int IValueTaskSource<int>.GetResult(short token) => _reading.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<int>.GetStatus(short token) => _reading.GetStatus(token);

    void IValueTaskSource<int>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _reading.OnCompleted(continuation, state, token, flags);

    protected override void Dispose(bool disposing)
    {
        ReturnInput();
        base.Dispose(disposing);
    }

    private void Complete(int count)
    {
        _isReading = false;
        _destination = default;
        _reading.SetResult(count);
    }

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length == 0 || _finished)
        {
            return;
        }

        var held = _inputEnd - _inputStart;
        if (_input is null || _input.Length - _inputEnd < bytes.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(held + bytes.Length);
            _input.AsSpan(_inputStart, held).CopyTo(larger);
            ReturnInput();
            _input = larger;
            _inputEnd = held;
        }

        bytes.CopyTo(_input.AsSpan(_inputEnd));
        _inputEnd += bytes.Length;
    }

    private void ReturnInput()
    {
        if (_input is { } input)
        {
            _input = null;
            ArrayPool<byte>.Shared.Return(input);
        }

        _inputStart = 0;
        _inputEnd = 0;
    }
}
