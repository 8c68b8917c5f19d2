using ClassicBroker.Rpc.Sasl;

namespace ClassicBroker.Rpc.Tests.Sasl;

/// <summary>The two halves of mechanisms that never wait, asked at once. Stateless.</summary>
internal static class SaslHalves
{
    public static SaslServerStep Evaluate(this ISaslServer server, ReadOnlySpan<byte> token) => server.EvaluateAsync(token.ToArray()).Now();

    public static ISaslClient Begin(this ISaslLogin login, string host) => login.BeginAsync(host).Now();

    public static byte[]? Answer(this ISaslClient client, ReadOnlySpan<byte> token) => client.AnswerAsync(token.ToArray()).Now();

    private static T Now<T>(this ValueTask<T> outcome) =>
        outcome.IsCompleted ? outcome.GetAwaiter().GetResult() : throw new InvalidOperationException("The mechanism waits for something.");
}
