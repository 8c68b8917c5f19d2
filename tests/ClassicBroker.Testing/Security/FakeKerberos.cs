using System.Text;
using ClassicBroker.Platform;

namespace ClassicBroker.Testing.Security;

/// <summary>
/// A Kerberos without secrets: tokens say in plain text who asks whom, and a wrapped message is a message with a mark before it. A step
/// ends at once, or when <see cref="Release"/> is called. Threading: one test.
/// </summary>
public sealed class FakeKerberos : IKerberos
{
    private const string Mark = "wrapped:";

    private readonly List<Action> _held = [];

    public string? Missing { get; init; }

    public string DefaultRealm { get; init; } = "EXAMPLE.COM";

    /// <summary>Whose keys there are.</summary>
    public ISet<string> Principals { get; } = new HashSet<string>(StringComparer.Ordinal);

    /// <summary>Whether acceptors answer the client's proof with one of their own.</summary>
    public bool IsMutual { get; init; } = true;

    /// <summary>Keeps steps waiting until <see cref="Release"/>.</summary>
    public bool Holds { get; set; }

    /// <summary>Exchanges that have not been disposed of.</summary>
    public int Open { get; private set; }

    public void RequireKeys(KerberosCredential credential)
    {
        if (credential.Principal is { } principal && !Principals.Contains(principal))
        {
            throw new KerberosException($"No key table entry found matching {principal}");
        }
    }

    public IKerberosExchange Initiate(KerberosCredential credential, string service, string host) =>
        new Exchange(this, token => token.Length == 0
            ? ($"{credential.Principal}>{service}/{host}", false, "")
            : ("", token == "proof" ? true : throw new KerberosException("Wrong principal in request"), ""));

    public IKerberosExchange Accept(KerberosCredential credential) =>
        new Exchange(this, token => token.Split('>') is [var client, _] && Principals.Contains(client)
            ? (IsMutual ? "proof" : "", true, client)
            : throw new KerberosException("Invalid token was supplied"));

    /// <summary>Ends the steps that wait.</summary>
    public void Release()
    {
        Holds = false;
        _held.ForEach(step => step());
        _held.Clear();
    }

    private sealed class Exchange : IKerberosExchange
    {
        private readonly FakeKerberos _kerberos;
        private readonly Func<string, (string Answer, bool IsEstablished, string Peer)> _step;
        private bool _isDisposed;

        public Exchange(FakeKerberos kerberos, Func<string, (string Answer, bool IsEstablished, string Peer)> step)
        {
            (_kerberos, _step) = (kerberos, step);
            kerberos.Open++;
        }

        public bool IsEstablished { get; private set; }

        public string Peer { get; private set; } = "";

        public Task<byte[]> StepAsync(byte[] token)
        {
            var outcome = new TaskCompletionSource<byte[]>();
            if (_kerberos.Holds)
            {
                _kerberos._held.Add(Step);
            }
            else
            {
                Step();
            }

            return outcome.Task;

            void Step()
            {
                try
                {
                    (var answer, IsEstablished, Peer) = _step(Encoding.UTF8.GetString(token));
                    outcome.SetResult(Encoding.UTF8.GetBytes(answer));
                }
                catch (KerberosException failure)
                {
                    outcome.SetException(failure);
                }
            }
        }

        public byte[] Wrap(ReadOnlySpan<byte> message) => [.. Encoding.UTF8.GetBytes(Mark), .. message];

        public byte[] Unwrap(ReadOnlySpan<byte> message) =>
            Encoding.UTF8.GetString(message).StartsWith(Mark, StringComparison.Ordinal)
                ? message[Mark.Length..].ToArray()
                : throw new KerberosException("A token had an invalid Message Integrity Check");

        public void Dispose()
        {
            if (!_isDisposed)
            {
                _isDisposed = true;
                _kerberos.Open--;
            }
        }
    }
}
