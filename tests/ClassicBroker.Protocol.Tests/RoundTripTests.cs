namespace ClassicBroker.Protocol.Tests;

/// <summary>Every version of every message, with random values: written as the encodings demand, sized right, read back the same.</summary>
public sealed class RoundTripTests
{
    private const int Rounds = 25;

    public static TheoryData<string> MessageNames => SchemaLibrary.MessageNames;

    [Theory]
    [MemberData(nameof(MessageNames))]
    public void Every_version_survives_writing_and_reading(string name)
    {
        var schema = SchemaLibrary.Messages[name];
        foreach (var version in SchemaLibrary.VersionsOf(schema))
        {
            var random = new RandomMessages(version);
            for (var round = 0; round < Rounds; round++)
            {
                var message = random.Next(schema, version);
                var expected = SchemaEncoder.Encode(schema, message, version);
                var written = Write(message, version);
                Assert.True(expected.AsSpan().SequenceEqual(written), $"{name} version {version} is written wrong");

                var copy = SchemaLibrary.NewMessage(name);
                var reader = new ProtocolReader(written);
                copy.Read(ref reader, version);
                Assert.Equal(0, reader.Remaining);
                Assert.True(expected.AsSpan().SequenceEqual(Write(copy, version)), $"{name} version {version} is read wrong");
            }
        }
    }

    [Theory]
    [MemberData(nameof(MessageNames))]
    public void A_fresh_message_has_the_defaults_of_its_schema(string name)
    {
        var message = SchemaLibrary.NewMessage(name);
        foreach (var field in SchemaLibrary.Messages[name].Body.Fields)
        {
            var value = message.GetType().GetProperty(field.Name)!.GetValue(message);
            if (field.DefaultsToNull || field.IsTaggedStruct)
            {
                Assert.Null(value);
            }
            else if (field.Default is { } text)
            {
                Assert.Equal(text, value!.ToString(), ignoreCase: true);
            }
            else
            {
                Assert.NotNull(value);
            }
        }
    }

    private static byte[] Write(IMessage message, short version)
    {
        var bytes = new byte[message.Size(version)];
        var writer = new ProtocolWriter(bytes);
        message.Write(ref writer, version);
        Assert.Equal(bytes.Length, writer.Position);
        return bytes;
    }
}
