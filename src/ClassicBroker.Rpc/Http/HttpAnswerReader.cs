using System.Buffers;
using System.Globalization;
using System.Text;

namespace ClassicBroker.Rpc.Http;

/// <summary>
/// Reads one answer of HTTP/1.1 (RFC 9112) as its bytes come. All lengths are bounded, and what can be read in two ways is refused.
/// <code>
/// status line CRLF *(name ":" value CRLF) CRLF body     body: of Content-Length, or in chunks, or until the peer ends
/// chunk       length-in-hex [";" extension] CRLF bytes CRLF     the last has length 0, then fields again, then CRLF
/// </code>
/// Used by one connection.
/// </summary>
internal sealed class HttpAnswerReader(int bodyBytesMax)
{
    /// <summary>Status lines and fields together, trailers included.</summary>
    private const int HeadBytesMax = 16 * 1024;

    private const int ChunkLineBytesMax = 256;

    private readonly ArrayBufferWriter<byte> _line = new();
    private readonly ArrayBufferWriter<byte> _body = new();
    private Step _step = Step.StatusLine;
    private int _status;
    private long? _length;
    private bool _isChunked;
    private int _headBytes;
    private long _left;

    private enum Step
    {
        StatusLine,
        Field,
        Body,
        BodyUntilEnd,
        ChunkLine,
        Chunk,
        ChunkEnd,
        Trailer,
        Done,
    }

    /// <summary>Null before it is whole.</summary>
    public HttpAnswer? Answer { get; private set; }

    /// <summary>Takes what came; true once the answer is whole. Bytes behind it are not looked at.</summary>
    /// <exception cref="HttpException">It is no answer, or one that is too long.</exception>
    public bool Feed(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0 && _step != Step.Done)
        {
            bytes = bytes[(_step is Step.Body or Step.BodyUntilEnd or Step.Chunk ? TakeBody(bytes) : TakeLine(bytes))..];
        }

        return _step == Step.Done;
    }

    /// <summary>The peer has ended.</summary>
    /// <exception cref="HttpException">It did so in the middle of the answer.</exception>
    public void Finish()
    {
        if (_step == Step.BodyUntilEnd)
        {
            Complete();
        }
        else if (_step != Step.Done)
        {
            throw new HttpException("the connection ended before the answer did");
        }
    }

    private int TakeBody(ReadOnlySpan<byte> bytes)
    {
        var count = _step == Step.BodyUntilEnd ? bytes.Length : (int)Math.Min(_left, bytes.Length);
        RequireRoom(count);
        _body.Write(bytes[..count]);
        _left -= count;
        if (_step == Step.Body && _left == 0)
        {
            Complete();
        }
        else if (_step == Step.Chunk && _left == 0)
        {
            _step = Step.ChunkEnd;
        }

        return count;
    }

    private int TakeLine(ReadOnlySpan<byte> bytes)
    {
        var feed = bytes.IndexOf((byte)'\n');
        var count = feed < 0 ? bytes.Length : feed + 1;
        var isOfChunk = _step is Step.ChunkLine or Step.ChunkEnd;
        _headBytes += isOfChunk ? 0 : count;
        if (_headBytes > HeadBytesMax || (isOfChunk && _line.WrittenCount + count > ChunkLineBytesMax))
        {
            throw new HttpException("the answer has a head that is too long");
        }

        _line.Write(bytes[..count]);
        if (feed >= 0)
        {
            var line = Line(_line.WrittenSpan);
            _line.ResetWrittenCount();
            Read(line);
        }

        return count;
    }

    private static string Line(ReadOnlySpan<byte> bytes)
    {
        var line = bytes.EndsWith("\r\n"u8) ? bytes[..^2] : throw new HttpException("a line of the answer does not end as lines do");
        foreach (var letter in line)
        {
            if (letter is (< 0x20 and not (byte)'\t') or 0x7F)
            {
                throw new HttpException("the answer has control characters in its head");
            }
        }

        return Encoding.Latin1.GetString(line);
    }

    private void Read(string line)
    {
        switch (_step)
        {
            case Step.StatusLine:
                ReadStatus(line);
                break;
            case Step.Field when line.Length == 0:
                BeginBody();
                break;
            case Step.Field:
                ReadField(line);
                break;
            case Step.ChunkLine:
                ReadChunkLine(line);
                break;
            case Step.ChunkEnd:
                _step = line.Length == 0 ? Step.ChunkLine : throw new HttpException("a chunk of the answer is longer than it says");
                break;
            default:
                if (line.Length == 0)
                {
                    Complete();
                }

                break;
        }
    }

    private void ReadStatus(string line)
    {
        var isStatus = (line.StartsWith("HTTP/1.1 ", StringComparison.Ordinal) || line.StartsWith("HTTP/1.0 ", StringComparison.Ordinal))
            && line.Length >= 12 && (line.Length == 12 || line[12] == ' ')
            && int.TryParse(line.AsSpan(9, 3), NumberStyles.None, CultureInfo.InvariantCulture, out _status) && _status is >= 100 and < 600;
        _step = isStatus ? Step.Field : throw new HttpException("it does not answer as a server of HTTP/1.1 does");
    }

    private void ReadField(string line)
    {
        var colon = line.IndexOf(':', StringComparison.Ordinal);
        if (colon <= 0 || !line.AsSpan(0, colon).ContainsOnlyTokenLetters())
        {
            throw new HttpException("the answer has a line among its fields that is none");
        }

        var value = line[(colon + 1)..].Trim(' ', '\t');
        switch (line[..colon].ToLowerInvariant())
        {
            case "content-length":
                var isLength = long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var length);
                _length = isLength && _length is null ? length : throw new HttpException("the answer has no single length");
                break;
            case "transfer-encoding":
                _isChunked = value.Equals("chunked", StringComparison.OrdinalIgnoreCase) && !_isChunked
                    ? true
                    : throw new HttpException($"the answer has the transfer encoding {value}, which was not asked for");
                break;
            case "content-encoding" when !value.Equals("identity", StringComparison.OrdinalIgnoreCase):
                throw new HttpException($"the answer is encoded as {value}, which was not asked for");
            default:
                break;
        }
    }

    private void BeginBody()
    {
        if (_isChunked && _length is not null)
        {
            throw new HttpException("the answer has a length and chunks");
        }

        if (_status < 200)
        {
            // An interim answer: the one that counts follows, where the protocol stays the same.
            _step = _status != 101 && _length is null && !_isChunked
                ? Step.StatusLine
                : throw new HttpException("the answer begins another protocol");
            return;
        }

        if (_status is 204 or 304 || _length == 0)
        {
            Complete();
            return;
        }

        _left = _length ?? 0;
        RequireRoom(_left);
        _step = _isChunked ? Step.ChunkLine : _length is null ? Step.BodyUntilEnd : Step.Body;
    }

    private void ReadChunkLine(string line)
    {
        var digits = line.Split(';', 2)[0].Trim(' ', '\t');
        if (digits.Length is 0 or > 8 || !long.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out _left))
        {
            throw new HttpException("a chunk of the answer has no length");
        }

        RequireRoom(_left);
        _step = _left == 0 ? Step.Trailer : Step.Chunk;
    }

    private void RequireRoom(long count)
    {
        if (count > bodyBytesMax - _body.WrittenCount)
        {
            throw new HttpException($"the answer is longer than {bodyBytesMax} bytes");
        }
    }

    private void Complete()
    {
        _step = Step.Done;
        Answer = new HttpAnswer(_status, _body.WrittenSpan.ToArray());
    }
}
