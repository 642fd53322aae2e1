using System.Collections.Frozen;
using System.Security.Cryptography;

namespace Personalization.Inference.Packages;

/// <summary>Item ids and the model's indices; index 0 is padding.</summary>
internal sealed class Vocabulary
{
    private readonly string[] _ids;
    private readonly FrozenDictionary<string, int> _indices;

    /// <summary>Creates a vocabulary.</summary>
    /// <param name="ids">Item ids; the first gets index 1.</param>
    public Vocabulary(string[] ids)
    {
        _ids = ids;
        _indices = ids.Select((id, i) => KeyValuePair.Create(id, i + 1)).ToFrozenDictionary(StringComparer.Ordinal);
    }

    /// <summary>Number of items.</summary>
    public int Count => _ids.Length;

    /// <summary>Number of indices: the items and padding.</summary>
    public int Width => _ids.Length + 1;

    /// <summary>The item id of an index from 1.</summary>
    public string this[int index] => _ids[index - 1];

    /// <summary>The index of an item; 0 when the model does not know it.</summary>
    public int IndexOf(string itemId) => _indices.GetValueOrDefault(itemId);

    /// <summary>Reads <c>items.txt</c> and checks it against the manifest.</summary>
    public static Vocabulary Read(string path, ModelManifest manifest)
    {
        var bytes = File.ReadAllBytes(path);
        FileHash.Check(path, SHA256.HashData(bytes), manifest.VocabularySha256);
        var ids = System.Text.Encoding.UTF8.GetString(bytes).TrimEnd('\n').Split('\n');
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var line = 0; line < ids.Length; line++)
        {
            ids[line] = ids[line].TrimEnd('\r');
            if (ids[line].Length == 0)
            {
                throw new ModelPackageException($"{path}: line {line + 1} is empty. Export the package again.");
            }

            if (!seen.TryAdd(ids[line], line))
            {
                throw new ModelPackageException(
                    $"{path}: item '{ids[line]}' stands on line {seen[ids[line]] + 1} and line {line + 1}. Export the package again.");
            }
        }

        return ids.Length == manifest.ItemCount
            ? new Vocabulary(ids)
            : throw new ModelPackageException(
                $"{path}: has {ids.Length} items, but field 'itemCount' of model.json is {manifest.ItemCount}. Export the package again.");
    }
}
