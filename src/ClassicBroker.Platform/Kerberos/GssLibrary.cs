using System.Text;
using static ClassicBroker.Platform.GssCalls;

namespace ClassicBroker.Platform;

/// <summary>
/// The GSS-API library behind managed values: names, credentials and failures in words. Its calls block. Stateless; any thread.
/// </summary>
internal static unsafe class GssLibrary
{
    private const int FirstTextLength = 256;

    /// <summary>Kerberos 5, 1.2.840.113554.1.2.2.</summary>
    private static ReadOnlySpan<byte> KerberosMechanism => [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02];

    /// <summary>A Kerberos principal, 1.2.840.113554.1.2.2.1.</summary>
    private static ReadOnlySpan<byte> PrincipalName => [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02, 0x01];

    /// <summary>A service at a host, 1.2.840.113554.1.2.1.4.</summary>
    private static ReadOnlySpan<byte> HostBasedService => [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x01, 0x04];

    /// <summary>A principal's name.</summary>
    public static GssName ImportPrincipal(string principal) => Import(principal, PrincipalName);

    public static GssName ImportService(string service, string host) => Import($"{service}@{host}", HostBasedService);

    /// <summary>A credential to be proved (1) or to accept proofs with (2).</summary>
    public static GssCredential Acquire(KerberosCredential credential, bool accepts, string memoryCache)
    {
        using var name = credential.Principal is { } principal ? ImportPrincipal(principal) : null;
        var store = new List<(string Key, string Value)>();
        if (accepts)
        {
            Add("keytab", credential.KeyTab, "FILE:");
        }
        else if (credential.UsesTicketCache)
        {
            Add("ccache", credential.TicketCache, "FILE:");
        }
        else
        {
            Add("client_keytab", credential.KeyTab, "FILE:");
            store.Add(("ccache", memoryCache));
        }

        return Acquire(name, accepts, store);

        void Add(string key, string? path, string type)
        {
            if (path is not null)
            {
                store.Add((key, path.Contains(':', StringComparison.Ordinal) ? path : type + path));
            }
        }
    }

    /// <summary>One step of an initiator. The context begins as zero.</summary>
    public static byte[] Initiate(
        GssCredential credential, GssName target, ref nint context, ReadOnlySpan<byte> token, out bool isEstablished)
    {
        fixed (byte* mechanism = KerberosMechanism, input = token)
        fixed (nint* held = &context)
        {
            uint minor;
            var oid = new Oid { Length = (uint)KerberosMechanism.Length, Elements = mechanism };
            var received = new GssCalls.Buffer { Length = (nuint)token.Length, Value = input };
            var answer = default(GssCalls.Buffer);
            var major = InitContext(
                &minor,
                credential.Value,
                held,
                target.Value,
                &oid,
                MutualFlag | ReplayFlag | SequenceFlag | IntegrityFlag,
                0,
                0,
                token.IsEmpty ? null : &received,
                null,
                &answer,
                null,
                null);
            var output = Take(&answer);
            Require(major, minor);
            isEstablished = (major & ContinueNeeded) == 0;
            return output;
        }
    }

    /// <summary>One step of an acceptor. The context begins as zero.</summary>
    public static byte[] Accept(
        GssCredential credential, ref nint context, ReadOnlySpan<byte> token, out bool isEstablished, out string peer)
    {
        fixed (byte* input = token)
        fixed (nint* held = &context)
        {
            uint minor;
            var received = new GssCalls.Buffer { Length = (nuint)token.Length, Value = input };
            var answer = default(GssCalls.Buffer);
            nint source = 0;
            var major = AcceptContext(
                &minor, held, credential.Value, &received, 0, &source, null, &answer, null, null, null);
            var output = Take(&answer);
            using var name = new GssName(source);
            Require(major, minor);
            isEstablished = (major & ContinueNeeded) == 0;
            peer = isEstablished ? Display(name) : "";
            return output;
        }
    }

    public static byte[] WrapMessage(nint context, ReadOnlySpan<byte> message)
    {
        fixed (byte* input = message)
        {
            uint minor;
            var plain = new GssCalls.Buffer { Length = (nuint)message.Length, Value = input };
            var wrapped = default(GssCalls.Buffer);
            var major = Wrap(&minor, context, 0, 0, &plain, null, &wrapped);
            var output = Take(&wrapped);
            Require(major, minor);
            return output;
        }
    }

    public static byte[] UnwrapMessage(nint context, ReadOnlySpan<byte> message)
    {
        fixed (byte* input = message)
        {
            uint minor;
            var wrapped = new GssCalls.Buffer { Length = (nuint)message.Length, Value = input };
            var plain = default(GssCalls.Buffer);
            var major = Unwrap(&minor, context, &wrapped, &plain, null, null);
            var output = Take(&plain);
            Require(major, minor);
            return output;
        }
    }

    public static void Release(nint context)
    {
        uint minor;
        _ = DeleteContext(&minor, &context, null);
    }

    /// <summary>The name as Kerberos has it, in the default realm where it names none.</summary>
    public static GssName Canonicalize(GssName name)
    {
        fixed (byte* mechanism = KerberosMechanism)
        {
            uint minor;
            nint result;
            var oid = new Oid { Length = (uint)KerberosMechanism.Length, Elements = mechanism };
            Require(CanonicalizeName(&minor, name.Value, &oid, &result), minor);
            return new GssName(result);
        }
    }

    /// <summary>The name with its realm.</summary>
    public static string Display(GssName name)
    {
        uint minor;
        var text = default(GssCalls.Buffer);
        var major = DisplayName(&minor, name.Value, &text, null);
        var shown = Take(&text);
        Require(major, minor);
        return Encoding.UTF8.GetString(shown);
    }

    private static GssName Import(string text, ReadOnlySpan<byte> type)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        fixed (byte* name = bytes, elements = type)
        {
            uint minor;
            nint result;
            var buffer = new GssCalls.Buffer { Length = (nuint)bytes.Length, Value = name };
            var oid = new Oid { Length = (uint)type.Length, Elements = elements };
            Require(ImportName(&minor, &buffer, &oid, &result), minor);
            return new GssName(result);
        }
    }

    private static GssCredential Acquire(GssName? name, bool accepts, List<(string Key, string Value)> store)
    {
        var keys = store.Select(entry => Encoding.UTF8.GetBytes(entry.Key + '\0')).ToArray();
        var values = store.Select(entry => Encoding.UTF8.GetBytes(entry.Value + '\0')).ToArray();
        var pinned = keys.Concat(values)
            .Select(text => System.Runtime.InteropServices.GCHandle.Alloc(text, System.Runtime.InteropServices.GCHandleType.Pinned))
            .ToArray();
        try
        {
            var elements = stackalloc KeyValue[store.Count];
            for (var i = 0; i < store.Count; i++)
            {
                elements[i].Key = (byte*)pinned[i].AddrOfPinnedObject();
                elements[i].Value = (byte*)pinned[store.Count + i].AddrOfPinnedObject();
            }

            fixed (byte* mechanism = KerberosMechanism)
            {
                uint minor;
                nint credential;
                var oid = new Oid { Length = (uint)KerberosMechanism.Length, Elements = mechanism };
                var mechanisms = new OidSet { Count = 1, Elements = &oid };
                var set = new KeyValueSet { Count = (uint)store.Count, Elements = elements };
                var major = AcquireCredential(
                    &minor, name?.Value ?? 0, Indefinite, &mechanisms, accepts ? 2 : 1, &set, &credential, null, null);
                Require(major, minor);
                return new GssCredential(credential);
            }
        }
        finally
        {
            foreach (var handle in pinned)
            {
                handle.Free();
            }
        }
    }

    private static byte[] Take(GssCalls.Buffer* buffer)
    {
        uint minor;
        var bytes = new ReadOnlySpan<byte>(buffer->Value, checked((int)buffer->Length)).ToArray();
        _ = ReleaseBuffer(&minor, buffer);
        return bytes;
    }

    private static void Require(uint major, uint minor)
    {
        if ((major & ErrorMask) != 0)
        {
            throw new KerberosException($"{Words(major, MajorStatus)}: {Words(minor, MinorStatus)}");
        }
    }

    private static string Words(uint status, int type)
    {
        fixed (byte* mechanism = KerberosMechanism)
        {
            var words = new StringBuilder(FirstTextLength);
            var oid = new Oid { Length = (uint)KerberosMechanism.Length, Elements = mechanism };
            uint next = 0;
            do
            {
                uint minor;
                var text = default(GssCalls.Buffer);
                if ((DisplayStatus(&minor, status, type, &oid, &next, &text) & ErrorMask) != 0)
                {
                    return $"{words}status {status:x8}";
                }

                words.Append(words.Length > 0 ? ", " : "").Append(Encoding.UTF8.GetString(Take(&text)).TrimEnd('.'));
            }
            while (next != 0);
            return words.ToString();
        }
    }
}
