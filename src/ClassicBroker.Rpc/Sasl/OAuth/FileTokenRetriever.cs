using System.Text;
using ClassicBroker.Platform;
using ClassicBroker.Rpc.Http;

namespace ClassicBroker.Rpc.Sasl.OAuth;

/// <summary>Takes the token that a file holds at the moment. Threading: one loop.</summary>
internal sealed class FileTokenRetriever(string path, IFileSystem files) : ITokenRetriever
{
    private const int BytesMax = 512 * 1024;

    public Task<string> RetrieveAsync()
    {
        try
        {
            using var file = files.Open(path, FileOpenMode.Read);
            if (file.Length > BytesMax)
            {
                throw new HttpException($"{path} is longer than {BytesMax} bytes") { IsFinal = true };
            }

            var bytes = new byte[file.Length];
            return Task.FromResult(Encoding.UTF8.GetString(bytes.AsSpan(0, file.Read(bytes, 0))).Trim());
        }
        catch (StorageException unreadable)
        {
            throw new HttpException(unreadable.Message);
        }
    }
}
