using System.Text;
using ClassicBroker.Rpc.Http;

namespace ClassicBroker.Rpc.Tests.Http;

/// <summary>Answers right and wrong, and right ones in every piece that a network can make of them.</summary>
public sealed class HttpAnswerReaderTests
{
    private const int BodyMax = 64;

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 200, "hello")]
    [InlineData("HTTP/1.1 200 OK\r\ncontent-length:5\r\nX: y\r\n\r\nhello, and more", 200, "hello")]
    [InlineData("HTTP/1.1 404\r\nContent-Length: 0\r\n\r\n", 404, "")]
    [InlineData("HTTP/1.1 204 No Content\r\n\r\n", 204, "")]
    [InlineData("HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\n", 304, "")]
    [InlineData("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", 200, "ok")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1;ext=\"x\"\r\n!\r\n0\r\n\r\n", 200, "hello!")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\nA\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n", 200, "0123456789")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Encoding: identity\r\nContent-Length: 2\r\n\r\nok", 200, "ok")]
    public void An_answer_is_whole_when_its_last_byte_has_come(string text, int status, string body)
    {
        var bytes = Encoding.Latin1.GetBytes(text);
        for (var split = 1; split < bytes.Length; split++)
        {
            var reader = new HttpAnswerReader(BodyMax);
            var isWhole = reader.Feed(bytes.AsSpan(0, split)) || reader.Feed(bytes.AsSpan(split));
            Assert.True(isWhole, $"split at {split}");
            Assert.Equal((status, body), (reader.Answer!.Status, Encoding.UTF8.GetString(reader.Answer.Body)));
            reader.Finish();
        }

        var byBytes = new HttpAnswerReader(BodyMax);
        Assert.Contains(bytes, value => byBytes.Feed([value]));
        Assert.Equal(body, Encoding.UTF8.GetString(byBytes.Answer!.Body));
    }

    [Fact]
    public void A_body_without_length_ends_with_the_connection()
    {
        var reader = new HttpAnswerReader(BodyMax);
        Assert.False(reader.Feed("HTTP/1.0 200 OK\r\n\r\n{\"keys\":"u8));
        Assert.False(reader.Feed("[]}"u8));
        reader.Finish();
        Assert.Equal("{\"keys\":[]}", Encoding.UTF8.GetString(reader.Answer!.Body));
    }

    [Theory]
    [InlineData("SSH-2.0-OpenSSH_9.9\r\n", "does not answer as a server of HTTP/1.1 does")]
    [InlineData("HTTP/2 200 OK\r\n\r\n", "does not answer as a server of HTTP/1.1 does")]
    [InlineData("HTTP/1.1 99 Low\r\n\r\n", "does not answer as a server of HTTP/1.1 does")]
    [InlineData("HTTP/1.1 600 High\r\n\r\n", "does not answer as a server of HTTP/1.1 does")]
    [InlineData("HTTP/1.1 2x0 OK\r\n\r\n", "does not answer as a server of HTTP/1.1 does")]
    [InlineData("HTTP/1.1 2000\r\n\r\n", "does not answer as a server of HTTP/1.1 does")]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\n\r\n", "begins another protocol")]
    [InlineData("HTTP/1.1 200 OK\n\n", "does not end as lines do")]
    [InlineData("HTTP/1.1 200 O\0K\r\n\r\n", "control characters in its head")]
    [InlineData("HTTP/1.1 200 OK\r\nA: b\rC: d\r\n\r\n", "control characters in its head")]
    [InlineData("HTTP/1.1 200 OK\r\n folded: line\r\n\r\n", "a line among its fields that is none")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length : 5\r\n\r\nhello", "a line among its fields that is none")]
    [InlineData("HTTP/1.1 200 OK\r\nnothing\r\n\r\n", "a line among its fields that is none")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello", "no single length")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello", "no single length")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello", "no single length")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\nhello", "no single length")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "a length and chunks")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", "the transfer encoding gzip, chunked")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", "the transfer encoding chunked")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello", "encoded as gzip")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 65\r\n\r\n", "longer than 64 bytes")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775807\r\n\r\n", "longer than 64 bytes")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFF\r\n", "longer than 64 bytes")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFF\r\n", "a chunk of the answer has no length")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n", "a chunk of the answer has no length")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n", "a chunk of the answer has no length")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n", "longer than it says")]
    public void What_is_no_answer_or_can_be_read_in_two_ways_is_refused(string text, string reason)
    {
        var refused = Assert.Throws<HttpException>(() => new HttpAnswerReader(BodyMax).Feed(Encoding.Latin1.GetBytes(text)));
        Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\n", "a: ")]
    [InlineData("", "HTTP/1.1 100 Continue\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\n", "a: b\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", "a: b\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1", ";ext")]
    [InlineData("HTTP/1.1 200 OK\r\n\r\n", "body")]
    public void What_goes_on_without_end_is_given_up(string begin, string repeated)
    {
        var reader = new HttpAnswerReader(BodyMax);
        reader.Feed(Encoding.ASCII.GetBytes(begin));
        var piece = Encoding.ASCII.GetBytes(repeated);
        Assert.Throws<HttpException>(() =>
        {
            for (var i = 0; i < 20_000; i++)
            {
                reader.Feed(piece);
            }
        });
    }

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n")]
    public void An_answer_that_is_cut_off_is_none(string text)
    {
        var reader = new HttpAnswerReader(BodyMax);
        Assert.False(reader.Feed(Encoding.ASCII.GetBytes(text)));
        Assert.Throws<HttpException>(reader.Finish);
    }
}
