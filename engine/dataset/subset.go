package dataset

import (
	"bytes"
	"compress/gzip"
	"fmt"

	"lenet/assets"
	"lenet/engine"
	"lenet/engine/idx"
)

// Sizes of the embedded subsets: the first examples of the training and the test set.
const (
	SubsetTrain = 6000
	SubsetTest  = 1000
)

// Subset returns the embedded first 6,000 training and 1,000 test examples of
// the data set.
func Subset(name string) (train, test engine.Set, err error) {
	d, err := Lookup(name)
	if err != nil {
		return train, test, err
	}
	var parts [4][]byte
	for i, f := range d.Files {
		if parts[i], err = assets.Data(d.Name, f.Name+".gz"); err != nil {
			return train, test, err
		}
	}
	if train, err = idx.DecodeSet(parts[0], parts[1], SubsetTrain); err != nil {
		return train, test, fmt.Errorf("embedded training set of %s: %w", d.Title, err)
	}
	if test, err = idx.DecodeSet(parts[2], parts[3], SubsetTest); err != nil {
		return train, test, fmt.Errorf("embedded test set of %s: %w", d.Title, err)
	}
	return train, test, nil
}

// SubsetFiles makes the four files of the subset from the whole data set, by
// file name, .gz included. The same Go release gives the same bytes.
func SubsetFiles(train, test engine.Set) (map[string][]byte, error) {
	files := map[string][]byte{}
	for _, s := range []struct {
		set            engine.Set
		count          int
		images, labels string
	}{{train, SubsetTrain, trainImages, trainLabels}, {test, SubsetTest, testImages, testLabels}} {
		n := s.count
		if s.set.Len() < n {
			return nil, fmt.Errorf("the subset takes %d examples, there are %d", n, s.set.Len())
		}
		var err error
		images := idx.Array{Shape: []int{n, engine.Side, engine.Side}, Data: s.set.Images[:n*engine.Pixels]}
		if files[s.images+".gz"], err = compress(idx.Append(nil, images)); err != nil {
			return nil, err
		}
		labels := idx.Array{Shape: []int{n}, Data: s.set.Labels[:n]}
		if files[s.labels+".gz"], err = compress(idx.Append(nil, labels)); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// compress writes gzip at the highest level, without a name or a time.
func compress(b []byte) ([]byte, error) {
	var buf bytes.Buffer
	z, err := gzip.NewWriterLevel(&buf, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := z.Write(b); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}
