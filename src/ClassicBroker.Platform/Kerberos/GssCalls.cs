using System.Runtime.InteropServices;

namespace ClassicBroker.Platform;

/// <summary>The functions of MIT's GSS-API library (RFC 2744) and their constants, as it has them on 64-bit machines.</summary>
internal static unsafe partial class GssCalls
{
    public const string Library = "libgssapi_krb5.so.2";
    public const uint ContinueNeeded = 1;
    public const uint ErrorMask = 0xffff0000;
    public const uint MutualFlag = 2;
    public const uint ReplayFlag = 4;
    public const uint SequenceFlag = 8;
    public const uint IntegrityFlag = 32;
    public const uint Indefinite = 0xffffffff;
    public const int MajorStatus = 1;
    public const int MinorStatus = 2;

    [LibraryImport(Library, EntryPoint = "gss_import_name")]
    public static partial uint ImportName(uint* minor, Buffer* name, Oid* type, nint* result);

    [LibraryImport(Library, EntryPoint = "gss_canonicalize_name")]
    public static partial uint CanonicalizeName(uint* minor, nint name, Oid* mechanism, nint* result);

    [LibraryImport(Library, EntryPoint = "gss_display_name")]
    public static partial uint DisplayName(uint* minor, nint name, Buffer* text, Oid** type);

    [LibraryImport(Library, EntryPoint = "gss_release_name")]
    public static partial uint ReleaseName(uint* minor, nint* name);

    [LibraryImport(Library, EntryPoint = "gss_acquire_cred_from")]
    public static partial uint AcquireCredential(
        uint* minor,
        nint name,
        uint seconds,
        OidSet* mechanisms,
        int usage,
        KeyValueSet* store,
        nint* credential,
        OidSet** actual,
        uint* actualSeconds);

    [LibraryImport(Library, EntryPoint = "gss_release_cred")]
    public static partial uint ReleaseCredential(uint* minor, nint* credential);

    [LibraryImport(Library, EntryPoint = "gss_init_sec_context")]
    public static partial uint InitContext(
        uint* minor,
        nint credential,
        nint* context,
        nint target,
        Oid* mechanism,
        uint flags,
        uint seconds,
        nint bindings,
        Buffer* input,
        Oid** actual,
        Buffer* output,
        uint* actualFlags,
        uint* actualSeconds);

    [LibraryImport(Library, EntryPoint = "gss_accept_sec_context")]
    public static partial uint AcceptContext(
        uint* minor,
        nint* context,
        nint credential,
        Buffer* input,
        nint bindings,
        nint* source,
        Oid** mechanism,
        Buffer* output,
        uint* flags,
        uint* seconds,
        nint* delegated);

    [LibraryImport(Library, EntryPoint = "gss_delete_sec_context")]
    public static partial uint DeleteContext(uint* minor, nint* context, Buffer* output);

    [LibraryImport(Library, EntryPoint = "gss_wrap")]
    public static partial uint Wrap(
        uint* minor, nint context, int confidential, uint quality, Buffer* input, int* isConfidential, Buffer* output);

    [LibraryImport(Library, EntryPoint = "gss_unwrap")]
    public static partial uint Unwrap(
        uint* minor, nint context, Buffer* input, Buffer* output, int* isConfidential, uint* quality);

    [LibraryImport(Library, EntryPoint = "gss_display_status")]
    public static partial uint DisplayStatus(uint* minor, uint status, int type, Oid* mechanism, uint* next, Buffer* text);

    [LibraryImport(Library, EntryPoint = "gss_release_buffer")]
    public static partial uint ReleaseBuffer(uint* minor, Buffer* buffer);

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int SetVariable(string name, string value, int overwrites);

    /// <summary><c>gss_buffer_desc</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Buffer
    {
        public nuint Length;
        public byte* Value;
    }

    /// <summary><c>gss_OID_desc</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Oid
    {
        public uint Length;
        public byte* Elements;
    }

    /// <summary><c>gss_OID_set_desc</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct OidSet
    {
        public nuint Count;
        public Oid* Elements;
    }

    /// <summary><c>gss_key_value_element_desc</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct KeyValue
    {
        public byte* Key;
        public byte* Value;
    }

    /// <summary><c>gss_key_value_set_desc</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct KeyValueSet
    {
        public uint Count;
        public KeyValue* Elements;
    }
}
